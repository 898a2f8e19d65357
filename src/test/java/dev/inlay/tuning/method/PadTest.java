package dev.inlay.tuning.method;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.Classifier;
import dev.inlay.backbone.Dropout;
import dev.inlay.backbone.Pass;
import dev.inlay.config.MethodConfig;
import dev.inlay.config.RunConfig;
import dev.inlay.error.ConfigException;
import dev.inlay.golden.Golden;
import dev.inlay.tensor.Tensors;
import dev.inlay.tuning.SmallTuning;
import dev.inlay.tuning.Trainable.Role;
import dev.inlay.tuning.Tuning;
import dev.inlay.tuning.TuningSpec;
import dev.inlay.tuning.method.Pad.Init;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Frames of pixels: against {@code golden/convnext/pad}, in configs and task files, and where they cannot be. */
class PadTest {
    private final JsonNode meta = Golden.json("convnext/meta.json");
    private final Map<String, Tensor> io = Golden.tensors("convnext/io.safetensors");

    @ParameterizedTest
    @EnumSource(Init.class)
    void logitsAndGradientsMatch(Init init) {
        Map<String, Tensor> expected = Golden.tensors("convnext/pad.safetensors");
        String key = init.name().toLowerCase(Locale.ROOT) + ".";
        try (PointerScope scope = new PointerScope();
                Backbone convnext = Golden.convnext()) {
            Classifier head = convnext.checkpointHead().orElseThrow();
            Pad pad = new Pad(meta.get("pixels").asInt(), init);
            try (Tuning tuning = new Tuning(convnext, pad, head.classes(), 0)) {
                Map<String, Tensor> values = new LinkedHashMap<>();
                values.put("pad.rows", expected.get(key + "rows"));
                values.put("pad.columns", expected.get(key + "columns"));
                values.put("head.weight", Tensors.of(head.weight(), head.classes(), convnext.embedDim()));
                values.put("head.bias", Tensors.of(head.bias(), head.classes()));
                tuning.load(values, "golden");
                Tensor logits = tuning.head(tuning.features(io.get("images"), Dropout.NONE, 0));
                JsonNode tolerance = meta.get("tolerance");
                Golden.assertClose("logits", logits, expected.get(key + "logits"), tolerance.get("forward"));
                torch.cross_entropy_loss(logits, io.get("labels")).backward();
                for (String part : List.of("rows", "columns")) {
                    Tensor gradient =
                            tuning.trainables().get("pad." + part).tensor().grad();
                    Golden.assertClose(part, gradient, expected.get(key + "grad." + part), tolerance.get("gradient"));
                }
            }
        }
    }

    /** 12 p (S + p), as published. */
    @Test
    void aFrameOfFivePixelsHas13740Numbers() {
        try (PointerScope scope = new PointerScope();
                Backbone convnext = SmallTuning.convnext("convnext_base");
                Tuning tuning = SmallTuning.of(convnext, new Pad(5, Init.UNIFORM))) {
            assertThat(tuning.count(Role.MODULE)).isEqualTo(13_740);
        }
    }

    @Test
    void coloursStartWhereTheyAreSaidTo() {
        try (PointerScope scope = new PointerScope();
                Backbone convnext = Golden.convnext();
                Tuning uniform = SmallTuning.of(convnext, new Pad(4, Init.UNIFORM));
                Tuning gaussian = SmallTuning.of(convnext, new Pad(4, Init.GAUSSIAN))) {
            Tensor colours = uniform.trainables().get("pad.rows").tensor();
            assertThat(Tensors.shape(colours)).containsExactly(1, 3, 8, 48);
            assertThat(colours.min().item_double()).isBetween(0.0, 0.01);
            assertThat(colours.max().item_double()).isBetween(0.99, 1.0);
            Tensor normal = gaussian.trainables().get("pad.columns").tensor();
            assertThat(Tensors.shape(normal)).containsExactly(1, 3, 32, 8);
            assertThat(normal.mean().item_double()).isBetween(-0.1, 0.1);
            assertThat(normal.std().item_double()).isBetween(0.9, 1.1);
        }
    }

    @Test
    void nothingIsFrozenInFrontOfTheImage() {
        try (PointerScope scope = new PointerScope();
                NoGradGuard guard = new NoGradGuard();
                Backbone convnext = Golden.convnext();
                Tuning tuning = SmallTuning.of(convnext, new Pad(1, Init.UNIFORM))) {
            assertThat(tuning.frozenSteps()).isZero();
            assertThat(tuning.backbone()).isSameAs(convnext);
            assertThat(Tensors.floats(tuning.features(io.get("images"), Dropout.NONE, 0)))
                    .isNotEqualTo(Tensors.floats(convnext.features(io.get("images"), Pass.BARE)));
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aSumGivesTheSameInAnyOrder(boolean padFirst) {
        Lora lora = new Lora(2, 2, 0, List.of(), List.of());
        Pad pad = new Pad(2, Init.GAUSSIAN);
        TuningSpec sum = new Sum(padFirst ? List.of(pad, lora) : List.of(lora, pad));
        try (PointerScope scope = new PointerScope();
                NoGradGuard guard = new NoGradGuard();
                Backbone convnext = Golden.convnext();
                Tuning alone = SmallTuning.of(convnext, pad);
                Tuning both = SmallTuning.of(convnext, sum)) {
            assertThat(Tensors.floats(both.features(io.get("images"), Dropout.NONE, 0)))
                    .containsExactly(Tensors.floats(alone.features(io.get("images"), Dropout.NONE, 0)));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"vit", "swin"})
    void aBackboneOfOneSizeRefusesThem(String family) {
        try (Backbone backbone = family.equals("vit") ? Golden.vit() : Golden.swin("swin")) {
            assertThatThrownBy(() -> SmallTuning.of(backbone, new Pad(2, Init.UNIFORM)))
                    .isInstanceOf(ConfigException.class)
                    .hasMessage("method pad needs a backbone that takes images of any size, and the backbone "
                            + backbone.name() + " takes " + backbone.height() + " × " + backbone.width()
                            + " only; use another method, such as prompt");
        }
    }

    @Test
    void aConfigStatesThem() {
        assertThat(spec("{type: pad}")).isEqualTo(new Pad(5, Init.UNIFORM));
        assertThat(spec("{type: pad, pixels: 30, init: gaussian}")).isEqualTo(new Pad(30, Init.GAUSSIAN));
        assertThatThrownBy(() -> spec("{type: pad, pixels: 0, tokens: 3}"))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("method.pixels")
                .hasMessageContaining("method.tokens");
    }

    @Test
    void aTaskFileKeepsThem() {
        TuningMethod method = TuningMethod.named("pad");
        Pad pad = new Pad(7, Init.GAUSSIAN);
        assertThat(method.store(pad).json().toString()).isEqualTo("{\"pixels\":7,\"init\":\"gaussian\"}");
        assertThat(method.restore(method.store(pad), "task")).isEqualTo(pad);
    }

    private static TuningSpec spec(String method) {
        RunConfig config = RunConfig.parse("method: " + method, Path.of("/configs"), List.of());
        return ((MethodConfig.Stated) config.method()).spec();
    }
}
