package dev.inlay.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.inlay.backbone.Backbone;
import dev.inlay.data.loading.Batch;
import dev.inlay.error.ConfigException;
import dev.inlay.golden.GoldenNetwork;
import dev.inlay.tensor.Tensors;
import dev.inlay.train.optim.AdamWSpec;
import dev.inlay.train.optim.SgdSpec;
import dev.inlay.train.schedule.ConstantSchedule;
import dev.inlay.tuning.Tuning;
import dev.inlay.tuning.TuningSpec;
import dev.inlay.tuning.method.Bias;
import dev.inlay.tuning.method.Dora;
import dev.inlay.tuning.method.FullFineTuning;
import dev.inlay.tuning.method.HeadOnly;
import dev.inlay.tuning.method.Lora;
import dev.inlay.tuning.method.MlpHead;
import dev.inlay.tuning.method.Prompt;
import dev.inlay.tuning.method.Ssf;
import dev.inlay.tuning.method.Sum;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.bytedeco.javacpp.PointerScope;
import org.junit.jupiter.api.Test;

/** Which part of what is trained has which factor of the learning rate, and that a step has it. */
class LearningRateFactorsTest {
    private static final int CLASSES = 3;

    private static Map<String, Double> of(LearningRateFactors factors, Backbone backbone, TuningSpec spec) {
        try (Tuning tuning = new Tuning(backbone, spec, CLASSES, 0)) {
            return factors.of(tuning);
        }
    }

    private static Backbone network(String folder) {
        return GoldenNetwork.all()
                .filter(network -> network.folder().equals(folder))
                .findFirst()
                .orElseThrow()
                .load();
    }

    private static Lora lora() {
        return new Lora(2, 2, 0, List.of("attn.q", "mlp.fc1"), List.of());
    }

    @Test
    void loraPlusIsForTheSecondMatricesAlone() {
        try (Backbone backbone = SmallTraining.backbone()) {
            TuningSpec spec = new Sum(List.of(lora(), new Dora(2, 2, 0, List.of("attn.v"), List.of()), new Bias()));
            of(new LearningRateFactors(16, 1, 1), backbone, spec)
                    .forEach((name, factor) -> assertThat(factor).as(name).isEqualTo(name.endsWith(".B") ? 16 : 1));
        }
    }

    @Test
    void aHeadOfSeveralLayersHasOneFactorAndFactorsAreMultiplied() {
        try (Backbone backbone = SmallTraining.backbone()) {
            TuningSpec spec = new Sum(List.of(lora(), new MlpHead(2)));
            Map<String, Double> factors = of(new LearningRateFactors(16, 10, 0.5), backbone, spec);
            assertThat(factors)
                    .containsEntry("head.weight", 10.0)
                    .containsEntry("mlpHead.0.linear.weight", 10.0)
                    .containsEntry("lora.blocks.0.attn.q.A", 0.25)
                    .containsEntry("lora.blocks.0.attn.q.B", 4.0)
                    .containsEntry("lora.blocks.1.mlp.fc1.B", 8.0);
        }
    }

    /** timm numbers the layers of a ViT of L blocks 0 (stem), 1 to L (blocks, the last with the norm) and L + 1 (head). */
    @Test
    void layersOfAVisionTransformerDecayAsTimmsDo() {
        try (Backbone backbone = SmallTraining.backbone()) {
            Map<String, Double> factors = of(new LearningRateFactors(1, 1, 0.75), backbone, new FullFineTuning());
            double[] byLayer = {Math.pow(0.75, 3), Math.pow(0.75, 2), 0.75, 1};
            assertThat(factors).hasSizeGreaterThan(20);
            factors.forEach((name, factor) -> {
                int layer = name.matches("full\\.(cls_token|pos_embed|patch_embed\\..*)")
                        ? 0
                        : name.startsWith("full.blocks.0.") ? 1 : name.startsWith("head.") ? 3 : 2;
                assertThat(factor).as(name).isCloseTo(byLayer[layer], within(1e-15));
            });
        }
    }

    @Test
    void modulesAndPromptsHaveTheFactorOfTheirBlock() {
        try (Backbone backbone = SmallTraining.backbone()) {
            LearningRateFactors half = new LearningRateFactors(1, 1, 0.5);
            assertThat(of(half, backbone, new Ssf(Ssf.Init.IDENTITY, List.of(), List.of())))
                    .containsEntry("ssf.patch_embed.scale", 0.125)
                    .containsEntry("ssf.blocks.0.norm1.shift", 0.25)
                    .containsEntry("ssf.blocks.1.mlp.fc2.scale", 0.5)
                    .containsEntry("ssf.norm.scale", 0.5);
            assertThat(of(half, backbone, SmallTraining.spec()))
                    .containsEntry("full.cls_token", 0.125)
                    .containsEntry("sparse.blocks.0.attn.q.weight.delta", 0.25)
                    .containsEntry("full.blocks.1.attn.v.bias", 0.5);
            Prompt deep = new Prompt(Prompt.Depth.DEEP, 3, 0, 0, false, List.of(), Prompt.Pool.CLASS_TOKEN);
            assertThat(of(half, backbone, new Sum(List.of(deep, new Bias()))))
                    .containsEntry("prompt.blocks.0", 0.25)
                    .containsEntry("prompt.blocks.1", 0.5);
            Prompt shared = new Prompt(Prompt.Depth.DEEP, 3, 0, 0, true, List.of(), Prompt.Pool.CLASS_TOKEN);
            assertThat(of(half, backbone, shared)).containsEntry("prompt.shared", 1.0);
        }
    }

    @Test
    void layersBetweenStagesBelongToTheBlockAfterThem() {
        LearningRateFactors half = new LearningRateFactors(1, 1, 0.5);
        for (String folder : List.of("swin", "convnext")) {
            try (Backbone backbone = network(folder)) {
                Map<String, Double> factors = of(half, backbone, new FullFineTuning());
                String stages = folder.equals("swin") ? "full.layers.1." : "full.stages.1.";
                Map<String, Double> between = new LinkedHashMap<>();
                Map<String, Double> after = new LinkedHashMap<>();
                factors.forEach((name, factor) -> {
                    if (name.startsWith(stages + "downsample.")) {
                        between.put(name, factor);
                    } else if (name.startsWith(stages + "blocks.0.")) {
                        after.put(name, factor);
                    }
                });
                assertThat(between).isNotEmpty();
                assertThat(after).isNotEmpty();
                assertThat(between.values().stream().distinct()).hasSize(1);
                assertThat(after.values())
                        .containsOnly(between.values().iterator().next());
                assertThat(factors.values().stream()
                                .mapToDouble(Double::doubleValue)
                                .min())
                        .hasValue(Math.pow(0.5, backbone.depth() + 1));
            }
        }
    }

    /** Plain SGD moves everything by the rate times the gradient, which is the same for all factors. */
    @Test
    void aStepMovesEveryPartByItsFactor() {
        LearningRateFactors factors = new LearningRateFactors(16, 4, 0.5);
        try (Backbone backbone = SmallTraining.backbone();
                PointerScope scope = new PointerScope()) {
            TuningSpec spec = new Sum(List.of(lora(), new Bias()));
            Map<String, float[]> start = values(backbone, spec, LearningRateFactors.NONE, 0);
            Map<String, float[]> plain = values(backbone, spec, LearningRateFactors.NONE, 1);
            Map<String, float[]> scaled = values(backbone, spec, factors, 1);
            Set<String> moved = new HashSet<>();
            of(factors, backbone, spec).forEach((name, factor) -> {
                for (int i = 0; i < start.get(name).length; i++) {
                    double move = (double) plain.get(name)[i] - start.get(name)[i];
                    if (Math.abs(move) > 1e-6) {
                        moved.add(name);
                    }
                    assertThat((double) scaled.get(name)[i] - start.get(name)[i])
                            .as(name)
                            .isCloseTo(factor * move, within(1e-5 * factor));
                }
            });
            assertThat(moved)
                    .contains("head.weight", "lora.blocks.0.attn.q.B", "full.blocks.0.mlp.fc1.bias")
                    .hasSizeGreaterThan(12);
        }
    }

    private static Map<String, float[]> values(
            Backbone backbone, TuningSpec spec, LearningRateFactors factors, int steps) {
        TrainingSettings settings = TrainingSettings.builder(1, 2, new ConstantSchedule(0.1))
                .optimizer(new SgdSpec(0, false))
                .factors(factors)
                .build();
        float[] pixels = new float[2 * 3 * SmallTraining.PIXELS * SmallTraining.PIXELS];
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = (float) Math.sin(i);
        }
        try (Tuning tuning = new Tuning(backbone, spec, CLASSES, 0);
                Trainer trainer = new Trainer(tuning, settings)) {
            for (int step = 0; step < steps; step++) {
                Batch batch = new Batch(
                        new int[] {0, 1},
                        Tensors.of(pixels, 2, 3, SmallTraining.PIXELS, SmallTraining.PIXELS),
                        0,
                        Tensors.indices(new int[] {0, 2}));
                trainer.step(0, step, steps, batch);
            }
            Map<String, float[]> values = new LinkedHashMap<>();
            trainer.parameters().forEach((name, tensor) -> values.put(name, Tensors.floats(tensor.detach())));
            return values;
        }
    }

    @Test
    void factorsThatNothingHasAreRefused() {
        try (Backbone backbone = SmallTraining.backbone();
                Tuning bias = new Tuning(backbone, new Bias(), CLASSES, 0);
                Tuning head = new Tuning(backbone, new HeadOnly(), CLASSES, 0)) {
            TrainingSettings settings = SmallTraining.settings(1, AdamWSpec.DEFAULT);
            TrainingSettings loraPlus = settings.toBuilder()
                    .factors(new LearningRateFactors(16, 1, 1))
                    .build();
            assertThatThrownBy(() -> Trainer.requireTrainable(bias, loraPlus, 1))
                    .isInstanceOf(ConfigException.class)
                    .hasMessage(
                            "train.loraPlus: 16.0 is the ratio of the rates of LoRA's matrices B and A, and this method"
                                    + " trains none; use 1, or a method with LoRA");
            TrainingSettings layerDecay = settings.toBuilder()
                    .factors(new LearningRateFactors(1, 1, 0.5))
                    .build();
            assertThatThrownBy(() -> new Trainer(head, layerDecay))
                    .isInstanceOf(ConfigException.class)
                    .hasMessageContaining("train.layerDecay: 0.5", "the head alone");
            Trainer.requireTrainable(bias, layerDecay, 1);
            Trainer.requireTrainable(
                    head,
                    settings.toBuilder()
                            .factors(new LearningRateFactors(1, 3, 1))
                            .build(),
                    1);
        }
    }
}
