package dev.inlay.tuning.method;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.inlay.backbone.Dropout;
import dev.inlay.backbone.Pass;
import dev.inlay.backbone.vit.VisionTransformer;
import dev.inlay.golden.Golden;
import dev.inlay.plan.AllocationMode;
import dev.inlay.plan.AllocationRule;
import dev.inlay.plan.BlockWidth;
import dev.inlay.plan.FlatIndices;
import dev.inlay.plan.ModuleKind;
import dev.inlay.plan.Plan;
import dev.inlay.plan.PlanCost;
import dev.inlay.plan.PlanSource;
import dev.inlay.tensor.AutogradFunction;
import dev.inlay.tensor.Tensors;
import dev.inlay.tuning.Trainable.Role;
import dev.inlay.tuning.Tuning;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tuned models against {@code golden/spt_forward}: logits, loss and the gradient of every trainable. */
class PlannedGoldenTest {
    private static final int CLASSES = 7;

    @ParameterizedTest
    @CsvSource({"lora, PAPER", "adapter, PAPER", "lora_sparse_norm, PAPER", "adapter_proj_beside, SEED"})
    void logitsAndGradientsMatch(String variant, Planned.Origin origin) {
        JsonNode meta = Golden.json("spt_forward/meta.json");
        JsonNode expectations = meta.get("variants").get(variant);
        try (PointerScope scope = new PointerScope();
                AutogradFunction own = new AutogradFunction();
                VisionTransformer vit = Golden.vit()) {
            Map<String, Tensor> stored = Golden.tensors("spt_forward/" + variant + ".safetensors");
            Map<String, Tensor> expected = Golden.tensors("spt_forward/" + variant + ".expected.safetensors");
            Map<String, Tensor> io = Golden.tensors("spt_forward/io.safetensors");
            Planned spec = new Planned(plan(expectations, stored), 0, 0, origin);
            try (Tuning tuning = new Tuning(vit, spec, CLASSES, 0)) {
                Map<String, Tensor> values = new LinkedHashMap<>();
                stored.forEach((name, value) -> {
                    if (!name.endsWith(".index")) {
                        values.put(trainable(name), value);
                    }
                });
                tuning.load(values, "golden");
                Tensor logits = tuning.head(tuning.features(io.get("images"), Dropout.NONE, 0));
                Golden.assertClose(
                        "logits",
                        logits,
                        expected.get("logits"),
                        meta.get("tolerance").get("forward"));
                Tensor loss = torch.cross_entropy_loss(logits, io.get("labels"));
                assertThat(loss.item_double())
                        .isCloseTo(expectations.get("loss").asDouble(), within(1e-5));
                loss.backward();
                assertThat(tuning.trainables().values().stream()
                                .mapToLong(t -> t.tensor().numel())
                                .sum())
                        .isEqualTo(expectations.get("trainable_scalars").asLong());
                expected.forEach((name, gradient) -> {
                    if (name.startsWith("grad.")) {
                        Tensor actual = tuning.trainables()
                                .get(trainable(name.substring("grad.".length())))
                                .tensor()
                                .grad();
                        Golden.assertClose(
                                name, actual, gradient, meta.get("tolerance").get("gradient"));
                    }
                });
                assertThat(tuning.container().registered().keySet())
                        .containsExactlyInAnyOrderElementsOf(tuning.trainables().keySet());
            }
        }
    }

    /** A plan of Adapter+ against {@code golden/adapter_plus}: bottlenecks of width 4 and 1, and a block without. */
    @Test
    void widthsOfBlocksMatch() {
        JsonNode meta = Golden.json("adapter_plus/meta.json");
        JsonNode tolerance = Golden.json("spt_forward/meta.json").get("tolerance");
        AllocationRule rule = new AllocationRule(ModuleKind.ADAPTER_PLUS, 8, 10, 5, true, AllocationMode.BOTH, 0);
        List<BlockWidth> blocks = new ArrayList<>();
        meta.get("widths")
                .forEach(width ->
                        blocks.add(new BlockWidth(blocks.size(), meta.get("dim").intValue(), 1, width.intValue())));
        long modules = blocks.stream().mapToLong(BlockWidth::parameters).sum();
        Plan plan = new Plan(
                rule,
                List.of(),
                List.of(),
                List.of(),
                blocks,
                Map.of(),
                new PlanCost(modules, 0, 0, 0),
                0,
                OptionalLong.empty(),
                List.of(),
                List.of(),
                new PlanSource("golden", "none"));
        try (PointerScope scope = new PointerScope();
                AutogradFunction own = new AutogradFunction();
                VisionTransformer vit = Golden.vit();
                Tuning tuning = new Tuning(vit, new Planned(plan, 0, 0, Planned.Origin.PAPER), CLASSES, 0)) {
            Map<String, Tensor> expected = Golden.tensors("adapter_plus/expected.safetensors");
            Map<String, Tensor> io = Golden.tensors("adapter_plus/io.safetensors");
            tuning.load(Golden.tensors("adapter_plus/tuned.safetensors"), "golden");
            assertThat(tuning.count(Role.MODULE)).isEqualTo(modules);
            Tensor logits = tuning.head(tuning.features(io.get("images"), Dropout.NONE, 0));
            Golden.assertClose("logits", logits, expected.get("logits"), tolerance.get("forward"));
            Tensor loss = torch.cross_entropy_loss(logits, io.get("labels"));
            assertThat(loss.item_double()).isCloseTo(meta.get("loss").asDouble(), within(1e-5));
            loss.backward();
            tuning.trainables()
                    .forEach((name, trainable) -> Golden.assertClose(
                            name, trainable.tensor().grad(), expected.get("grad." + name), tolerance.get("gradient")));
        }
    }

    @ParameterizedTest
    @CsvSource({"lora", "adapter", "lora_sparse_norm"})
    void nothingChangesBeforeTheFirstStep(String variant) {
        JsonNode expectations =
                Golden.json("spt_forward/meta.json").get("variants").get(variant);
        try (PointerScope scope = new PointerScope();
                AutogradFunction own = new AutogradFunction();
                VisionTransformer vit = Golden.vit()) {
            Map<String, Tensor> stored = Golden.tensors("spt_forward/" + variant + ".safetensors");
            Tensor images = Golden.tensors("spt_forward/io.safetensors").get("images");
            Planned spec = new Planned(plan(expectations, stored), 0.1, 0.1, Planned.Origin.PAPER);
            String before = vit.fingerprint();
            try (Tuning tuning = new Tuning(vit, spec, CLASSES, 0)) {
                assertThat(Tensors.floats(tuning.features(images, Dropout.NONE, 0)))
                        .containsExactly(Tensors.floats(vit.features(images, Pass.BARE)));
            }
            assertThat(dev.inlay.backbone.TensorFingerprint.of(vit.parameters()))
                    .isEqualTo(before);
        }
    }

    @Test
    void theSeedsInitialisationChangesTheOutput() {
        JsonNode expectations =
                Golden.json("spt_forward/meta.json").get("variants").get("lora");
        try (PointerScope scope = new PointerScope();
                VisionTransformer vit = Golden.vit()) {
            Map<String, Tensor> stored = Golden.tensors("spt_forward/lora.safetensors");
            Tensor images = Golden.tensors("spt_forward/io.safetensors").get("images");
            Planned spec = new Planned(plan(expectations, stored), 0, 0, Planned.Origin.SEED);
            try (Tuning tuning = new Tuning(vit, spec, CLASSES, 0)) {
                assertThat(Tensors.floats(tuning.features(images, Dropout.NONE, 0)))
                        .isNotEqualTo(Tensors.floats(vit.features(images, Pass.BARE)));
            }
        }
    }

    private static String trainable(String golden) {
        return golden.startsWith("full.head.") ? golden.substring("full.".length()) : golden;
    }

    private static Plan plan(JsonNode expectations, Map<String, Tensor> stored) {
        List<String> matrices = new ArrayList<>();
        expectations.get("modules").forEach(name -> matrices.add(name.asText() + ".weight"));
        List<String> vectors = new ArrayList<>();
        expectations.get("full").forEach(name -> {
            if (!name.asText().startsWith("head.") && !name.asText().equals("cls_token")) {
                vectors.add(name.asText());
            }
        });
        Map<String, FlatIndices> sparse = new LinkedHashMap<>();
        expectations.get("sparse").forEach(name -> {
            long[] index = Tensors.longs(stored.get("sparse." + name.asText() + ".index"));
            sparse.put(
                    name.asText(),
                    FlatIndices.of(java.util.Arrays.stream(index)
                            .mapToInt(Math::toIntExact)
                            .toArray()));
        });
        ModuleKind kind = ModuleKind.valueOf(expectations.get("kind").asText().toUpperCase(java.util.Locale.ROOT));
        AllocationRule rule =
                new AllocationRule(kind, expectations.get("rank").asInt(8), 10, 5, true, AllocationMode.BOTH, 48);
        long entries = sparse.values().stream().mapToLong(FlatIndices::size).sum();
        return new Plan(
                rule,
                matrices,
                vectors,
                List.of(),
                sparse,
                new PlanCost(expectations.get("module_scalars").asLong(), 0, entries, 48),
                0,
                OptionalLong.empty(),
                List.of(),
                List.of(),
                new PlanSource("golden", "golden"));
    }
}
