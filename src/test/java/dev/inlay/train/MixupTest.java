package dev.inlay.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.inlay.checkpoint.safetensors.SafeTensorsFile;
import dev.inlay.data.loading.Batch;
import dev.inlay.random.Key;
import dev.inlay.tensor.Tensors;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Mixed batches and their losses against timm, and how often what is drawn. */
class MixupTest {
    private static final Path FOLDER = Path.of("src/test/resources/golden/mixup");
    private static final int BATCHES = 4000;

    @Test
    void mixesImagesAndLossesAsTimm() throws IOException {
        JsonNode shares =
                new JsonMapper().readTree(FOLDER.resolve("shares.json").toFile());
        assertThat(shares).hasSize(9);
        try (SafeTensorsFile golden = SafeTensorsFile.open(FOLDER.resolve("mixed.safetensors"));
                PointerScope scope = new PointerScope()) {
            Tensor images = tensor(golden, "images");
            Tensor logits = tensor(golden, "logits");
            Tensor labels = Tensors.of(golden.longs("labels"), 5);
            shares.fieldNames().forEachRemaining(name -> {
                Mix mix = mix(name.split("/"));
                assertThat(mix.share()).isEqualTo(shares.get(name).doubleValue());
                Batch mixed = mix.batch(new Batch(new int[] {0, 1, 2, 3, 4}, images, labels));
                assertThat(Tensors.floats(mixed.input())).as(name).isEqualTo(golden.floats(name));
                for (double smoothing : new double[] {0, 0.1}) {
                    float[] losses = Tensors.floats(mix.losses(new CrossEntropy(smoothing), logits, labels));
                    assertThat(losses)
                            .as(name)
                            .usingComparatorWithPrecision(2e-6f)
                            .containsExactly(golden.floats(name + "/loss/" + smoothing));
                }
            });
        }
    }

    private static Mix mix(String... name) {
        double share = Double.parseDouble(name[1]);
        return name[0].equals("mixup")
                ? Mix.blend(share)
                : Mixup.cut(share, 9, 12, Integer.parseInt(name[2]), Integer.parseInt(name[3]));
    }

    private static Tensor tensor(SafeTensorsFile golden, String name) {
        return Tensors.of(
                golden.floats(name),
                golden.info(name).shape().stream().mapToLong(Long::longValue).toArray());
    }

    @Test
    void theLabelWithTheLargerShareCounts() {
        try (PointerScope scope = new PointerScope()) {
            Tensor labels = Tensors.of(new long[] {0, 1, 2}, 3);
            assertThat(Tensors.longs(Mix.blend(0.5).labels(labels))).containsExactly(0, 1, 2);
            assertThat(Tensors.longs(Mix.blend(0.49).labels(labels))).containsExactly(2, 1, 0);
        }
    }

    static Stream<Arguments> distributions() {
        return Stream.of(
                Arguments.of(1.0, (DoubleUnaryOperator) x -> x),
                Arguments.of(0.5, (DoubleUnaryOperator) x -> 2 / Math.PI * Math.asin(Math.sqrt(x))),
                Arguments.of(2.0, (DoubleUnaryOperator) x -> x * x * (3 - 2 * x)),
                Arguments.of(3.0, (DoubleUnaryOperator) x -> x * x * x * (10 - 15 * x + 6 * x * x)));
    }

    /** The largest distance of distribution functions (Kolmogorov); 1.63 / √n has a probability of 1 %. */
    @ParameterizedTest
    @MethodSource("distributions")
    void sharesFollowTheBetaDistribution(double alpha, DoubleUnaryOperator cumulative) {
        SplittableRandom random = Key.of(1, "beta").stream();
        int count = 20_000;
        double[] drawn = IntStream.range(0, count)
                .mapToDouble(i -> Mixup.beta(alpha, random))
                .sorted()
                .toArray();
        double distance = IntStream.range(0, count)
                .mapToDouble(i -> Math.abs(cumulative.applyAsDouble(drawn[i]) - (i + 0.5) / count))
                .max()
                .orElseThrow();
        assertThat(distance).isLessThan(1.63 / Math.sqrt(count));
    }

    @ParameterizedTest
    @CsvSource({"1e-6", "0.05", "0.2", "0.8", "50", "1000"})
    void sharesOfEveryAlphaHaveTheVarianceOfTheBetaDistribution(double alpha) {
        SplittableRandom random = Key.of(2, "beta").stream();
        double[] drawn = IntStream.range(0, 20_000)
                .mapToDouble(i -> Mixup.beta(alpha, random))
                .toArray();
        assertThat(Arrays.stream(drawn)).allMatch(value -> value >= 0 && value <= 1);
        double variance = 1 / (4 * (2 * alpha + 1));
        assertThat(Arrays.stream(drawn).average().orElseThrow()).isCloseTo(0.5, within(0.012));
        assertThat(Arrays.stream(drawn)
                        .map(value -> (value - 0.5) * (value - 0.5))
                        .average()
                        .orElseThrow())
                .isCloseTo(variance, within(0.03 * variance));
    }

    @ParameterizedTest
    @CsvSource({
        "0.8, 0,   1,   0.5, 1,   0",
        "0,   1,   1,   0.5, 0,   1",
        "0.8, 1,   1,   0.5, 0.5, 0.5",
        "0.8, 1,   0.4, 0.3, 0.28, 0.12",
        "0.8, 1,   0,   0.5, 0,   0",
        "0,   0,   1,   0.5, 0,   0",
    })
    void mixesAsOftenAsAsked(
            double mixup, double cutmix, double probability, double switching, double blended, double cut) {
        Mixup mixed = new Mixup(mixup, cutmix, probability, switching, 0);
        List<Mix> drawn = draws(mixed, 0);
        assertThat(drawn.stream()
                                .filter(mix -> mix.box() == null && mix.share() < 1)
                                .count()
                        / (double) BATCHES)
                .isCloseTo(blended, within(0.03));
        assertThat(drawn.stream().filter(mix -> mix.box() != null).count() / (double) BATCHES)
                .isCloseTo(cut, within(0.03));
        assertThat(mixed.isNone()).isEqualTo(blended + cut == 0);
    }

    @Test
    void epochsFromTheOffEpochOnAreNotMixed() {
        Mixup mixup = new Mixup(0.8, 0, 1, 0.5, 3);
        assertThat(draws(mixup, 2)).noneMatch(Mix.NONE::equals);
        assertThat(draws(mixup, 3)).allMatch(Mix.NONE::equals);
    }

    @Test
    void aDrawDependsOnSeedEpochAndStepAlone() {
        Mixup mixup = new Mixup(0.8, 1, 1, 0.5, 0);
        try (PointerScope scope = new PointerScope()) {
            Batch batch = batch();
            Mix mix = mixup.draw(7, 1, 2, batch);
            assertThat(mixup.draw(7, 1, 2, batch)).isEqualTo(mix);
            assertThat(mixup.draw(8, 1, 2, batch)).isNotEqualTo(mix);
            assertThat(mixup.draw(7, 2, 2, batch)).isNotEqualTo(mix);
            assertThat(mixup.draw(7, 1, 3, batch)).isNotEqualTo(mix);
        }
    }

    @Test
    void whatIsNoImageIsNotMixed() {
        try (PointerScope scope = new PointerScope()) {
            Batch images = batch();
            Batch kept = new Batch(images.indices(), images.input(), 3, images.labels());
            assertThat(Mixup.NONE.draw(1, 0, 0, kept)).isEqualTo(Mix.NONE);
            assertThatThrownBy(() -> new Mixup(1, 0, 1, 0, 0).draw(1, 0, 0, kept))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("images are mixed, not what step 3 takes");
        }
    }

    private static List<Mix> draws(Mixup mixup, int epoch) {
        try (PointerScope scope = new PointerScope()) {
            Batch batch = batch();
            return IntStream.range(0, BATCHES)
                    .mapToObj(step -> mixup.draw(7, epoch, step, batch))
                    .toList();
        }
    }

    private static Batch batch() {
        return new Batch(
                new int[] {0, 1}, Tensors.of(new float[2 * 3 * 8 * 8], 2, 3, 8, 8), Tensors.of(new long[2], 2));
    }
}
