package dev.inlay.tuning.method;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.Dropout;
import dev.inlay.backbone.Pass;
import dev.inlay.error.ConfigException;
import dev.inlay.golden.Golden;
import dev.inlay.tuning.SmallTuning;
import dev.inlay.tuning.Tuning;
import dev.inlay.tuning.TuningSpec;
import dev.inlay.tuning.method.MethodSamples.Network;
import dev.inlay.tuning.method.Prompt.Depth;
import dev.inlay.tuning.method.Prompt.Pool;
import java.util.List;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What methods of tuning do on Swin Transformers alone. */
class SwinMethodsTest {
    static Stream<TuningSpec> unchangedAtFirst() {
        return Network.SWIN.specs().filter(MethodSamples::startsUnchanged);
    }

    private static Prompt prompt(Depth depth, Pool pool) {
        return new Prompt(depth, 3, 0.1, 0, false, List.of(), pool);
    }

    @ParameterizedTest
    @MethodSource("unchangedAtFirst")
    void paddedWindowsAreNoHindrance(TuningSpec spec) {
        try (PointerScope scope = new PointerScope();
                NoGradGuard guard = new NoGradGuard();
                Backbone swin = Golden.swin("swin_padded");
                Tuning tuning = SmallTuning.of(swin, spec)) {
            Tensor images = images("swin_padded");
            SmallTuning.assertClose(tuning.features(images, Dropout.NONE, 0), swin.features(images, Pass.BARE), 1e-6);
        }
    }

    private static Tensor images(String set) {
        return Golden.tensors(set + "/io.safetensors").get("images");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aMethodWithoutASiteIsRefused(boolean reinit) {
        try (Backbone swin = Golden.swin("swin")) {
            assertThatThrownBy(() -> SmallTuning.of(swin, new ClassToken(reinit)))
                    .isInstanceOf(ConfigException.class)
                    .hasMessage(
                            "method classToken needs a class token, and the backbone golden swin has none; use another method");
        }
    }

    @Test
    void convpassIsRefusedBesidePromptsThatAreTokens() {
        TuningSpec both = new Sum(List.of(prompt(Depth.SHALLOW, Pool.CLASS_TOKEN), new Convpass(2, 1, 0, List.of())));
        try (PointerScope scope = new PointerScope();
                Backbone swin = Golden.swin("swin");
                Tuning tuning = SmallTuning.of(swin, both)) {
            assertThatThrownBy(() -> tuning.features(images("swin"), Dropout.NONE, 0))
                    .isInstanceOf(ConfigException.class)
                    .hasMessageContaining("expected 64 tokens (0 and 8 x 8 patches), found 67");
        }
    }

    @Test
    void promptsThatAreSharedOrProjectedNeedBlocksOfOneWidth() {
        try (Backbone swin = Golden.swin("swin")) {
            assertThatThrownBy(() ->
                            SmallTuning.of(swin, new Prompt(Depth.DEEP, 2, 0, 0, true, List.of(), Pool.CLASS_TOKEN)))
                    .isInstanceOf(ConfigException.class)
                    .hasMessageContaining("method.shared")
                    .hasMessageContaining("[16, 32]");
            assertThatThrownBy(() -> SmallTuning.of(
                            swin, new Prompt(Depth.DEEP, 2, 0, 4, false, List.of(1, 2), Pool.CLASS_TOKEN)))
                    .isInstanceOf(ConfigException.class)
                    .hasMessageContaining("method.project");
        }
    }
}
