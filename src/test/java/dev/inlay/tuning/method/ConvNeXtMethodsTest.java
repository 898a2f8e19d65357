package dev.inlay.tuning.method;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.Dropout;
import dev.inlay.error.ConfigException;
import dev.inlay.golden.Golden;
import dev.inlay.tuning.Activation;
import dev.inlay.tuning.SmallTuning;
import dev.inlay.tuning.Tuning;
import dev.inlay.tuning.TuningSpec;
import dev.inlay.tuning.method.Prompt.Depth;
import dev.inlay.tuning.method.Prompt.Pool;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What methods of tuning do on ConvNeXts alone. */
class ConvNeXtMethodsTest {
    private final Map<String, Tensor> io = Golden.tensors("convnext/io.safetensors");

    static Stream<Arguments> refused() {
        return Stream.of(
                Arguments.of(prompt(Depth.SHALLOW), "method prompt needs places of the kind attention"),
                Arguments.of(prompt(Depth.DEEP), "method prompt needs places of the kind attention"),
                Arguments.of(new Convpass(3, 1, 0, List.of()), "method convpass needs places of the kind attention"),
                Arguments.of(
                        new Adapter(Adapter.Placement.HOULSBY, 3, Activation.GELU, 1, 0, List.of()),
                        "method adapter needs places of the kind attention"),
                Arguments.of(
                        new ClassToken(false),
                        "method classToken needs a class token, and the backbone golden convnext has none"),
                Arguments.of(
                        new Lora(8, 8, 0, List.of("attn.q", "attn.v"), List.of()),
                        "method.operations: golden convnext has no attn.q; it has downsample.1, mlp.fc1, mlp.fc2"));
    }

    private static Prompt prompt(Depth depth) {
        return new Prompt(depth, 3, 0, 0, false, List.of(), Pool.CLASS_TOKEN);
    }

    @ParameterizedTest
    @MethodSource("refused")
    void aMethodWithoutASiteIsRefusedByName(TuningSpec spec, String message) {
        try (PointerScope scope = new PointerScope();
                Backbone convnext = Golden.convnext()) {
            assertThatThrownBy(() -> SmallTuning.of(convnext, spec))
                    .isInstanceOf(ConfigException.class)
                    .hasMessageContaining(message);
        }
    }

    /** A product over 2 × 2 tokens is a matrix like any other: what a module adds to it is a matrix added to its filters. */
    @Test
    void loraBetweenStagesIsAChangeOfTheFilters() {
        try (PointerScope scope = new PointerScope();
                NoGradGuard guard = new NoGradGuard();
                Backbone convnext = Golden.convnext();
                Tuning lora = SmallTuning.of(convnext, new Lora(2, 3, 0, List.of("downsample.1"), List.of(1)));
                Tuning full = SmallTuning.of(convnext, new FullFineTuning())) {
            SmallTuning.disturb(lora);
            Tensor a = lora.trainables().get("lora.stages.1.downsample.1.A").tensor();
            Tensor b = lora.trainables().get("lora.stages.1.downsample.1.B").tensor();
            Tensor filters =
                    full.trainables().get("full.stages.1.downsample.1.weight").tensor();
            filters.add_(b.matmul(a).view_as(filters), new Scalar(1.5));
            SmallTuning.assertClose(
                    lora.features(io.get("images"), Dropout.NONE, 0),
                    full.features(io.get("images"), Dropout.NONE, 0),
                    1e-5);
        }
    }
}
