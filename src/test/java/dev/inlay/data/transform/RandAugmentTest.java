package dev.inlay.data.transform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.inlay.data.RawImage;
import dev.inlay.random.Key;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RandAugmentTest {
    private static final Key KEY = Key.of(3, "augment");
    private static final PillowAffine AFFINE = new PillowAffine(Interpolation.BICUBIC, new int[] {124, 116, 104});

    /** Every operation changes it. */
    private static final RawImage IMAGE = colourful();

    @ParameterizedTest
    @CsvSource({
        "rand, 10, 2, 0.5, 0, 10, false",
        "rand-inc0, 10, 2, 0.5, 0, 10, false",
        "rand-m9-mstd0.5-inc1, 9, 2, 0.5, 0.5, 10, true",
        "rand-m15-n3-p0.7-mstd101-mmax20, 15, 3, 0.7, 101, 20, false",
        "none, 0, 0, 0, 0, 10, false",
    })
    void readsWhatTimmWrites(
            String text, int magnitude, int layers, double probability, double std, int max, boolean increasing) {
        assertThat(RandAugment.parse(text))
                .isEqualTo(new RandAugment(magnitude, layers, probability, std, max, increasing));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "augmix-m3",
                "rand-m9-",
                "rand-m9.5",
                "rand-x3",
                "rand-inc2",
                "rand-tweights",
                "rand-m",
                "randm9"
            })
    void refusesOtherTextsByName(String text) {
        assertThatThrownBy(() -> RandAugment.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "expected none, or RandAugment as timm writes it, such as rand-m9-mstd0.5-inc1 with options m,"
                                + " n, p, mstd, mmax and inc1, found " + text);
        assertThatThrownBy(() -> RandAugment.parse("rand-p1.5"))
                .hasMessage("p must be a probability in [0, 1], not 1.5");
        assertThatThrownBy(() -> RandAugment.parse("rand-mmax0")).hasMessageContaining("mmax at least 1");
    }

    @Test
    void drawsEveryOperationAndSignAsOften() {
        RandAugment one = RandAugment.parse("rand-m9-n1-p1-inc1");
        Map<String, Integer> counts = new HashMap<>();
        for (int i = 0; i < 15_000; i++) {
            counts.merge(Arrays.toString(one.apply(IMAGE, KEY.at(i), AFFINE).rgb()), 1, Integer::sum);
        }
        int signed = 9;
        assertThat(counts).hasSize(15 + signed);
        assertThat(counts.values().stream().filter(count -> count > 860 && count < 1140))
                .hasSize(15 - signed);
        assertThat(counts.values().stream().filter(count -> count > 400 && count < 600))
                .hasSize(2 * signed);
    }

    @Test
    void doesADrawnOperationAsOftenAsAsked() {
        RandAugment two = RandAugment.parse("rand-m9-n2-p0.3-inc1");
        int unchanged = 0;
        for (int i = 0; i < 4000; i++) {
            unchanged += Arrays.equals(two.apply(IMAGE, KEY.at(i), AFFINE).rgb(), IMAGE.rgb()) ? 1 : 0;
        }
        assertThat(unchanged / 4000.0).isCloseTo(0.7 * 0.7, within(0.035));
        assertThat(RandAugment.NONE.apply(IMAGE, KEY, AFFINE)).isSameAs(IMAGE);
    }

    @ParameterizedTest
    @CsvSource({
        "rand-m5, 5, 0, 5, 5",
        "rand-m5-mstd0.5, 5, 0.5, 3, 7",
        "rand-m9-mstd101, 4.5, 2.598, 0, 9",
        "rand-m14, 10, 0, 10, 10",
        "rand-m14-mmax20, 14, 0, 14, 14",
        "rand-m0-mstd1, 0.399, 0.584, 0, 5",
    })
    void drawsMagnitudesAroundTheAskedOne(String text, double mean, double std, double least, double most) {
        RandAugment augment = RandAugment.parse(text);
        SplittableRandom random = KEY.stream();
        double[] drawn = DoubleStream.generate(() -> augment.magnitude(random))
                .limit(20_000)
                .toArray();
        double average = Arrays.stream(drawn).average().orElseThrow();
        double variance = Arrays.stream(drawn)
                .map(value -> (value - average) * (value - average))
                .average()
                .orElseThrow();
        assertThat(average).isCloseTo(mean, within(0.05));
        assertThat(Math.sqrt(variance)).isCloseTo(std, within(0.02));
        assertThat(Arrays.stream(drawn)).allMatch(value -> value >= least && value <= most);
    }

    @Test
    void equalKeysGiveEqualImages() {
        RandAugment augment = RandAugment.parse("rand-m9-mstd0.5-inc1-p1");
        byte[] first = augment.apply(IMAGE, KEY.at(1).at(2), AFFINE).rgb();
        assertThat(augment.apply(IMAGE, KEY.at(1).at(2), AFFINE).rgb()).isEqualTo(first);
        assertThat(augment.apply(IMAGE, KEY.at(2).at(2), AFFINE).rgb()).isNotEqualTo(first);
    }

    private static RawImage colourful() {
        byte[] rgb = new byte[12 * 10 * 3];
        SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < rgb.length; i++) {
            rgb[i] = (byte) (20 + i % 3 * 40 + random.nextInt(100));
        }
        return new RawImage(12, 10, rgb);
    }
}
