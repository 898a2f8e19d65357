package dev.inlay.interop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.HookPoint;
import dev.inlay.checkpoint.naming.CheckpointLayout;
import dev.inlay.checkpoint.naming.Layouts;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** transformers 5 gave the linear layers of its networks other names; they are the same layers. */
class PeftModuleTest {
    private static final List<String> VIT_OLD = old("attention.attention.", "intermediate.dense", "output.dense");
    private static final List<String> DINO_OLD = old("attention.attention.", "mlp.fc1", "mlp.fc2");
    private static final List<String> GATED_OLD = old("attention.attention.", "mlp.weights_in", "mlp.weights_out");
    private static final List<String> SWIN_OLD = old("attention.self.", "intermediate.dense", "output.dense");
    private static final List<String> NEW = five("mlp.fc1", "mlp.fc2");
    private static final List<String> GATED_NEW = five("mlp.weights_in", "mlp.weights_out");

    private static List<String> old(String attention, String fc1, String fc2) {
        return List.of(attention + "query", attention + "key", attention + "value", "attention.output.dense", fc1, fc2);
    }

    private static List<String> five(String fc1, String fc2) {
        return List.of("attention.q_proj", "attention.k_proj", "attention.v_proj", "attention.o_proj", fc1, fc2);
    }

    static Stream<Arguments> layouts() {
        return Stream.of(
                Arguments.of(
                        VitCases.all(),
                        "plain",
                        Layouts.VIT,
                        "vit.encoder.layer.0.",
                        VIT_OLD,
                        Layouts.VIT_5,
                        "vit.layers.0.",
                        NEW),
                Arguments.of(
                        VitCases.all(),
                        "distilled",
                        Layouts.DEIT,
                        "deit.encoder.layer.0.",
                        VIT_OLD,
                        Layouts.DEIT_5,
                        "deit.layers.0.",
                        NEW),
                Arguments.of(
                        VitCases.all(),
                        "plain",
                        Layouts.DINOV2,
                        "dinov2.encoder.layer.0.",
                        DINO_OLD,
                        Layouts.DINOV2_5,
                        "dinov2.encoder.layer.0.",
                        NEW),
                Arguments.of(
                        VitCases.all(),
                        "dinov2",
                        Layouts.DINOV2_REGISTERS_SWIGLU,
                        "dinov2_with_registers.encoder.layer.0.",
                        GATED_OLD,
                        Layouts.DINOV2_REGISTERS_SWIGLU_5,
                        "dinov2_with_registers.encoder.layer.0.",
                        GATED_NEW),
                Arguments.of(
                        SwinCases.all(),
                        "swinEven",
                        Layouts.SWIN,
                        "swin.encoder.layers.0.blocks.0.",
                        SWIN_OLD,
                        Layouts.SWIN_5,
                        "swin.encoder.layers.0.blocks.0.",
                        NEW));
    }

    @ParameterizedTest
    @MethodSource("layouts")
    void namesOfTransformers5AreTheSameLayers(
            InteropCases cases,
            String network,
            CheckpointLayout old,
            String oldBlock,
            List<String> oldNames,
            CheckpointLayout five,
            String newBlock,
            List<String> newNames) {
        try (Backbone backbone = cases.backbone(network)) {
            List<PeftModule> before = PeftModule.of(backbone, old);
            List<PeftModule> after = PeftModule.of(backbone, five);
            assertThat(after).hasSameSizeAs(before);
            for (int i = 0; i < oldNames.size(); i++) {
                assertThat(places(after, newBlock + newNames.get(i)))
                        .as(newNames.get(i))
                        .hasSize(1)
                        .isEqualTo(places(before, oldBlock + oldNames.get(i)));
            }
            assertThat(after.stream().map(PeftModule::places))
                    .containsExactlyInAnyOrderElementsOf(
                            before.stream().map(PeftModule::places).toList());
        }
    }

    private static List<HookPoint> places(List<PeftModule> modules, String name) {
        return modules.stream()
                .filter(module -> module.name().equals(name))
                .flatMap(module -> module.places().stream())
                .toList();
    }
}
