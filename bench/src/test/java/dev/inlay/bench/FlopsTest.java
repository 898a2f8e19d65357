package dev.inlay.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.inlay.backbone.Backbone;
import dev.inlay.tuning.Tuning;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Letters: P patches, N tokens, D width, H width inside an MLP; F what one product over all tokens takes, F1 over the class
 * token, which alone leaves the last block.
 */
class FlopsTest {
    private static final long P = 16;
    private static final long N = 17;
    private static final long D = 24;
    private static final long H = 32;
    private static final long PATCHES = 2 * P * (3 * 8 * 8) * D;
    private static final long F = 2 * N * D * D;
    private static final long MLP = 2 * 2 * N * D * H;
    private static final long ATTENTION = 2 * 2 * N * N * D;
    private static final long F1 = F / N;
    private static final long MLP1 = MLP / N;
    private static final long ATTENTION1 = ATTENTION / N;
    private static final long FIRST = 4 * F + MLP + ATTENTION;
    private static final long LAST = 3 * F + F1 + MLP1 + ATTENTION1;
    private static final long FORWARD = PATCHES + FIRST + LAST;

    @Test
    void aFrozenBackboneGoesForwardOnly() {
        assertThat(training("{'type': 'linear'}")).isEqualTo(FORWARD);
    }

    @Test
    void whatIsTrainedWholeHasThreeProductsAndNoGradientOfImages() {
        assertThat(training("{'type': 'full'}")).isEqualTo(3 * FORWARD - PATCHES);
    }

    @Test
    void nothingBelowTheFirstTunedProductHasAGradient() {
        // in the first block q, k and v are reached by no gradient of their input; no matrix has one anywhere
        long first = 3 * F + 2 * F + 2 * MLP + 3 * ATTENTION;
        long second = 2 * 3 * F + 2 * F1 + 2 * MLP1 + 3 * ATTENTION1;
        assertThat(training("{'type': 'lora', 'rank': 2}")).isEqualTo(PATCHES + first + second);
    }

    @Test
    void aLateBlockAloneIsTrained() {
        assertThat(training("{'type': 'partial', 'blocks': 1}")).isEqualTo(PATCHES + FIRST + 3 * LAST);
    }

    @Test
    void furtherKeysAreReadByEveryTokenThatLeaves() {
        long tokens = 5;
        long keysAndValues = 2 * 2 * tokens * D * D;
        long attention = 2 * 2 * tokens * (N + 1) * D;
        assertThat(inference("{'type': 'prompt', 'depth': 'deep', 'tokens': 5}"))
                .isEqualTo(FORWARD + 2 * keysAndValues + attention);
    }

    @ParameterizedTest
    @CsvSource({"full", "linear", "bias", "ssf"})
    void useGoesForwardOnly(String method) {
        assertThat(inference("{'type': '" + method + "'}")).isEqualTo(FORWARD);
    }

    private static long training(String settings) {
        try (Backbone backbone = BenchBackbones.random(TinyCases.VIT);
                Tuning tuning = new Tuning(
                        backbone, Methods.spec(settings.replace('\'', '"'), Optional.empty()), Workload.CLASSES, 0)) {
            return Flops.training(backbone, tuning.hooks());
        }
    }

    private static long inference(String settings) {
        try (Backbone backbone = BenchBackbones.random(TinyCases.VIT);
                Tuning tuning = new Tuning(
                        backbone, Methods.spec(settings.replace('\'', '"'), Optional.empty()), Workload.CLASSES, 0)) {
            return Flops.inference(backbone, tuning.hooks());
        }
    }
}
