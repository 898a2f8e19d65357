package dev.inlay.train;

import dev.inlay.backbone.vit.VisionTransformer;
import dev.inlay.backbone.vit.VitFamily;
import dev.inlay.backbone.vit.VitSpec;
import dev.inlay.data.Examples;
import dev.inlay.data.builtin.BuiltinDataset;
import dev.inlay.data.builtin.BuiltinTasks;
import dev.inlay.data.image.ExifOrientation;
import dev.inlay.data.loading.DecodedExamples;
import dev.inlay.data.loading.DecodingOptions;
import dev.inlay.data.transform.Augmentation;
import dev.inlay.data.transform.ImageTransform;
import dev.inlay.data.transform.Normalization;
import dev.inlay.data.transform.TrainCrop;
import dev.inlay.plan.AllocationMode;
import dev.inlay.plan.AllocationRule;
import dev.inlay.plan.FlatIndices;
import dev.inlay.plan.ModuleKind;
import dev.inlay.plan.Plan;
import dev.inlay.plan.PlanCost;
import dev.inlay.plan.PlanSource;
import dev.inlay.progress.Progress;
import dev.inlay.train.optim.DecayRule;
import dev.inlay.train.optim.OptimizerSpec;
import dev.inlay.train.schedule.Advance;
import dev.inlay.train.schedule.CosineSchedule;
import dev.inlay.tuning.method.Planned;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/** A training that takes milliseconds a step and has every random and every sparse part there is. */
final class SmallTraining {
    static final int PIXELS = 16;
    static final int EMBED_DIM = 16;
    static final double DROP_PATH = 0.2;

    private SmallTraining() {}

    static VisionTransformer backbone() {
        VitSpec spec = new VitSpec(PIXELS, PIXELS, 4, EMBED_DIM, 2, 2, 24, 0, VitSpec.TIMM_EPS);
        return new VitFamily().random("small", spec, 7);
    }

    /** Images of shapes, cropped and flipped anew in every epoch. */
    static Examples examples(int size) {
        return DecodedExamples.decode(
                new BuiltinDataset(BuiltinTasks.named("shape"), BuiltinDataset.Split.TRAIN, 3, size, PIXELS),
                ImageTransform.direct(PIXELS, PIXELS, Normalization.IMAGENET, ExifOrientation.IGNORE),
                new Augmentation(TrainCrop.Resized.DEFAULT, 0.5),
                3,
                DecodingOptions.DEFAULT,
                Progress.NONE);
    }

    /** LoRA on two matrices, individual weights of a fused and of a plain matrix, a bias and a norm; whole vectors; class token. */
    static Planned spec() {
        AllocationRule rule = new AllocationRule(ModuleKind.LORA, 2, 10, 5, true, AllocationMode.BOTH, EMBED_DIM);
        Map<String, FlatIndices> sparse = new LinkedHashMap<>();
        sparse.put("blocks.0.attn.q.weight", FlatIndices.of(0, 37, EMBED_DIM * EMBED_DIM - 1));
        sparse.put("blocks.0.attn.v.weight", FlatIndices.of(5, 6));
        sparse.put("blocks.1.attn.proj.bias", FlatIndices.of(2, 9));
        sparse.put("blocks.1.norm2.weight", FlatIndices.of(3));
        sparse.put("blocks.1.mlp.fc2.weight", FlatIndices.of(1, 100, 101));
        Plan plan = new Plan(
                rule,
                List.of("blocks.0.attn.k.weight", "blocks.1.mlp.fc1.weight"),
                List.of("blocks.0.norm1.bias", "blocks.1.attn.v.bias"),
                List.of(),
                sparse,
                new PlanCost(2L * (EMBED_DIM + EMBED_DIM) + 2L * (EMBED_DIM + 24), 2L * EMBED_DIM, 11, EMBED_DIM),
                11,
                OptionalLong.empty(),
                List.of(),
                List.of(),
                new PlanSource("small", "by hand"));
        return new Planned(plan, 0.3, 0.2, Planned.Origin.PAPER);
    }

    static TrainingSettings settings(int epochs, OptimizerSpec optimizer) {
        return settings(epochs, optimizer, 8, 1);
    }

    static TrainingSettings settings(int epochs, OptimizerSpec optimizer, int batchSize, int accumulate) {
        return TrainingSettings.builder(
                        epochs, batchSize, new CosineSchedule(5e-3, 0, epochs, 1, 1e-4, Advance.PER_STEP))
                .accumulate(accumulate)
                .optimizer(optimizer)
                .decay(DecayRule.MATRICES, 1e-2)
                .clipNorm(1.0)
                .loss(new CrossEntropy(0.1))
                .dropPath(DROP_PATH)
                .seed(11)
                .build();
    }
}
