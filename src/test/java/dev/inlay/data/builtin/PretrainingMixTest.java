package dev.inlay.data.builtin;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PretrainingMixTest {
    @Test
    void noClassIsOneOfATask() {
        assertThat(Silhouette.PRETRAINING)
                .doesNotContainAnyElementsOf(Silhouette.SHAPES)
                .doesNotContainAnyElementsOf(Silhouette.POINTED);
        assertThat(Pattern.PRETRAINING).doesNotContainAnyElementsOf(Pattern.TEXTURES);
    }

    @Test
    void everyBodyIsOfTheLabelledKindAndLargerThanAllElse() {
        PretrainingMix mix = new PretrainingMix(0, 500, 64);
        for (int i = 0; i < mix.size(); i++) {
            String kind = mix.classNames().get(mix.label(i));
            Scene scene = mix.scene(i);
            double smallest = 1;
            for (Body body : scene.bodies()) {
                Surface surface = body.surface();
                String hue = isWarm(surface.first()) ? "warm" : "cold";
                String name = (hue + " " + surface.pattern() + " " + body.silhouette()).replace('_', ' ');
                assertThat(name).isEqualToIgnoringCase(kind);
                smallest = Math.min(smallest, body.pose().radius());
            }
            for (Body other : scene.clutter()) {
                assertThat(other.pose().radius()).isLessThan(0.7 * smallest);
            }
        }
    }

    private static boolean isWarm(Colour colour) {
        return colour.red() > colour.blue() && colour.red() >= colour.green();
    }

    @Test
    void classesAreBalancedAndNamedApart() {
        PretrainingMix mix = new PretrainingMix(1, 192 * 4, 64);
        int[] counts = new int[mix.classNames().size()];
        IntStream.range(0, mix.size()).forEach(i -> counts[mix.label(i)]++);
        assertThat(counts).hasSize(192).containsOnly(4);
        assertThat(new HashSet<>(mix.classNames())).hasSize(192);
    }

    @Test
    void imageDependsOnSeedAndIndexAlone() {
        PretrainingMix small = new PretrainingMix(0, 10, 64);
        PretrainingMix large = new PretrainingMix(0, 1_000_000, 64);
        assertThat(large.image(9).rgb()).isEqualTo(small.image(9).rgb());
        assertThat(large.image(999_999).rgb()).isNotEqualTo(small.image(9).rgb());
        assertThat(new PretrainingMix(1, 10, 64).image(9).rgb())
                .isNotEqualTo(small.image(9).rgb());
    }
}
