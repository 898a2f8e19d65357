package dev.inlay.task;

import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.vit.VisionTransformer;
import dev.inlay.data.LabelSpace;
import dev.inlay.data.image.ExifOrientation;
import dev.inlay.data.transform.ImageTransform;
import dev.inlay.data.transform.Normalization;
import dev.inlay.golden.Golden;
import dev.inlay.plan.AllocationMode;
import dev.inlay.plan.AllocationRule;
import dev.inlay.plan.Candidate;
import dev.inlay.plan.Choice;
import dev.inlay.plan.FlatIndices;
import dev.inlay.plan.ModuleKind;
import dev.inlay.plan.Plan;
import dev.inlay.plan.PlanCost;
import dev.inlay.plan.PlanSource;
import dev.inlay.tensor.Tensors;
import dev.inlay.tuning.Tuning;
import dev.inlay.tuning.TuningSpec;
import dev.inlay.tuning.method.FullFineTuning;
import dev.inlay.tuning.method.HeadOnly;
import dev.inlay.tuning.method.Planned;
import dev.inlay.tuning.method.Prompt;
import dev.inlay.tuning.shift.Shift;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/** Tasks of every method on the golden ViT (24 x 32 pixels, D = 48, 3 blocks). */
public final class SampleTasks {
    static final List<String> CLASS_NAMES = List.of("ash", "Bärlauch", "\"quoted\" fern", "sea, weed", "苔");

    /** Labels of as many outputs as {@link #CLASS_NAMES} that are not one class for each image. */
    static final List<LabelSpace> OTHER_LABELS = List.of(
            new LabelSpace.ClassSet(CLASS_NAMES, List.of(0.5, 0.1, 0.30000000000000004, 1.0, 0.0)),
            new LabelSpace.Numbers(
                    CLASS_NAMES, List.of(0.0, -1e9, 3.5, 0.1, 7.0), List.of(1.0, 2e-8, 1e12, 0.25, 3.0)));

    private SampleTasks() {}

    /** A spec of every kind of method, some in several forms. */
    public static Stream<TuningSpec> specs() {
        return Stream.of(
                planned(ModuleKind.LORA, Planned.Origin.PAPER),
                planned(ModuleKind.ADAPTER, Planned.Origin.PAPER),
                planned(ModuleKind.LORA, Planned.Origin.SEED),
                new FullFineTuning(),
                new Prompt(Prompt.Depth.DEEP, 3, 0.1, 5, true, List.of(0, -1), Prompt.Pool.PATCHES_AND_PROMPTS),
                new Prompt(Prompt.Depth.SHALLOW, 2, 0, 0, false, List.of(), Prompt.Pool.CLASS_TOKEN),
                new Shift("attn.proj", 0.5, FlatIndices.of(0, 2)),
                new HeadOnly());
    }

    static Planned planned(ModuleKind module, Planned.Origin origin) {
        return new Planned(plan(module), 0.1, 0.2, origin);
    }

    /** A matrix with a module, a whole vector, individual weights of a matrix, a bias and a norm, and the class token. */
    public static Plan plan(ModuleKind module) {
        AllocationRule rule = new AllocationRule(module, 3, 10, 5, true, AllocationMode.BOTH, 48);
        Map<String, FlatIndices> sparse = new LinkedHashMap<>();
        sparse.put("blocks.2.attn.k.weight", FlatIndices.of(0, 17, 48 * 48 - 1));
        sparse.put("blocks.0.attn.q.weight", FlatIndices.of(5));
        sparse.put("blocks.1.norm2.weight", FlatIndices.of(3, 40));
        sparse.put("blocks.1.mlp.fc2.bias", FlatIndices.of(47));
        Candidate matrix = new Candidate("blocks.1.mlp.fc1.weight", Candidate.Kind.MATRIX, 96, 48, 1, "mlp.fc1");
        Candidate vector = new Candidate("blocks.0.attn.v.bias", Candidate.Kind.VECTOR, 48, 1, 0, "attn.v");
        List<Choice> choices = List.of(
                new Choice(
                        candidate("blocks.0.attn.q", "weight"),
                        1,
                        rule.threshold(candidate("blocks.0.attn.q", "weight"))),
                new Choice(vector, 12, rule.threshold(vector)),
                new Choice(matrix, 400, rule.threshold(matrix)),
                new Choice(
                        new Candidate("blocks.1.norm2.weight", Candidate.Kind.VECTOR, 48, 1, 1, "norm2"),
                        2,
                        OptionalLong.empty()),
                new Choice(
                        new Candidate("blocks.1.mlp.fc2.bias", Candidate.Kind.VECTOR, 48, 1, 1, "mlp.fc2"),
                        1,
                        OptionalLong.of(10)),
                new Choice(candidate("blocks.2.attn.k", "weight"), 3, OptionalLong.of(29)));
        return new Plan(
                rule,
                List.of("blocks.1.mlp.fc1.weight"),
                List.of("blocks.0.attn.v.bias"),
                List.of(),
                sparse,
                new PlanCost(rule.structuredCost(matrix), 48, 7, 48),
                419,
                OptionalLong.of(5000),
                choices,
                List.of("a note"),
                new PlanSource("golden", "16 batches"));
    }

    private static Candidate candidate(String linear, String part) {
        return new Candidate(
                linear + "." + part, Candidate.Kind.MATRIX, 48, 48, linear.charAt(7) - '0', linear.substring(9));
    }

    static TaskInfo info(TuningSpec spec, VisionTransformer vit) {
        return new TaskInfo(
                spec,
                BackboneInfo.of(vit),
                CLASS_NAMES,
                Optional.of(ImageTransform.direct(24, 32, Normalization.IMAGENET, ExifOrientation.APPLY)),
                new TreeMap<>(Map.of("test.top1", 0.9130434782608695, "test.crossEntropy", 2.0E-3)),
                new TreeMap<>(Map.of("config", "seed: 3\nname: \"sample\"\n", "seed", "3")));
    }

    /** What a task that gives every pixel a class says about itself. */
    static TaskInfo maskInfo(TuningSpec spec, VisionTransformer vit) {
        TaskInfo plain = info(spec, vit);
        return new TaskInfo(
                spec,
                plain.backbone(),
                new LabelSpace.PixelClasses(CLASS_NAMES),
                plain.transform(),
                plain.metrics(),
                plain.provenance(),
                1);
    }

    /** A tuning whose every trainable was moved away from where it started. */
    static Tuning trained(TuningSpec spec, Backbone backbone) {
        Tuning tuning = new Tuning(backbone, spec, CLASS_NAMES.size(), 1);
        SplittableRandom random = new SplittableRandom(2);
        Map<String, Tensor> values = new LinkedHashMap<>();
        try (PointerScope scope = new PointerScope()) {
            tuning.trainables().forEach((name, trainable) -> {
                float[] moved = Tensors.floats(trainable.tensor());
                for (int i = 0; i < moved.length; i++) {
                    moved[i] += (float) (0.05 * random.nextGaussian());
                }
                values.put(name, Tensors.of(moved, Tensors.shape(trainable.tensor())));
            });
            tuning.load(values, "moved");
        }
        return tuning;
    }

    /** The golden images, (B, 3, 24, 32), owned by the test. */
    static Tensor images() {
        return Golden.tensors("spt_forward/io.safetensors").get("images");
    }

    /** Writes a task of a method. */
    public static void write(Path file, TuningSpec spec) {
        try (PointerScope scope = new PointerScope();
                VisionTransformer vit = Golden.vit();
                Tuning tuning = trained(spec, vit)) {
            TaskFile.write(file, info(spec, vit), tuning);
        }
    }
}
