package dev.inlay.benchmark;

import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.Pass;
import dev.inlay.backbone.Site;
import dev.inlay.backbone.vit.VisionTransformer;
import dev.inlay.backbone.vit.VitLoader;
import dev.inlay.backbone.vit.VitVariants;
import dev.inlay.random.Key;
import dev.inlay.tensor.Tensors;
import dev.inlay.tuning.AllocationRule;
import dev.inlay.tuning.FlatIndices;
import dev.inlay.tuning.Initial;
import dev.inlay.tuning.MixedBatch;
import dev.inlay.tuning.ModuleKind;
import dev.inlay.tuning.Plan;
import dev.inlay.tuning.PlanCost;
import dev.inlay.tuning.PlanSource;
import dev.inlay.tuning.Tuning;
import dev.inlay.tuning.TuningSpec;
import dev.inlay.tuning.linear.Linear;
import dev.inlay.tuning.lora.Lora;
import dev.inlay.tuning.planned.Planned;
import dev.inlay.tuning.prompt.Prompt;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * What mixing tasks costs: batches drawn from K tasks of 100 classes, and the bare backbone on as many images, in turn in
 * one run. A quarter of the tasks each is a linear head, LoRA of rank 8 on query and value, a plan (modules on a sixth of
 * the matrices, the vectors of every second block, single weights of the other matrices, about 0.06 M on
 * ViT-Ti), and 10 deep prompts; the lines
 * with one kind only say which of them costs what.
 *
 * <p>Arguments: rounds (5), images per batch (32), name of the ViT (vit_tiny_patch16_224).
 */
public final class MixedTasks {
    private static final int CLASSES = 100;
    private static final int[] TASKS = {1, 8, 64};
    private static final int RANK = 8;
    private static final int EVERY = 6;

    private MixedTasks() {}

    public static void main(String[] arguments) {
        int rounds = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 5;
        int batch = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 32;
        String name = arguments.length > 2 ? arguments[2] : "vit_tiny_patch16_224";
        System.out.printf(
                "%s, median of %d rounds, batch %d, %d threads%n", name, rounds, batch, torch.get_num_threads());
        System.out.printf("%20s %10s %10s %16s%n", "tasks", "bare, s", "mixed, s", "bare/mixed");
        try (PointerScope scope = new PointerScope();
                VisionTransformer vit = VitLoader.random(name, VitVariants.of(name), 0)) {
            float[] pixels = Initial.normal(Key.of(0, "images"), 3L * batch * vit.height() * vit.width(), 0, 1);
            Map<String, TuningSpec> kinds = new LinkedHashMap<>();
            kinds.put("linear", new Linear());
            kinds.put("lora", new Lora(RANK, RANK, 0, List.of("attn.q", "attn.v"), List.of()));
            kinds.put("plan", plan(vit));
            kinds.put("prompts", new Prompt(Prompt.Depth.DEEP, 10, 0, 0, false, List.of(), Prompt.Pool.CLASS_TOKEN));
            for (int tasks : TASKS) {
                measure(tasks + " of all", vit, tasks, List.copyOf(kinds.values()), pixels, batch, rounds);
            }
            kinds.forEach((kind, spec) -> measure("64 of " + kind, vit, 64, List.of(spec), pixels, batch, rounds));
        }
    }

    private static void measure(
            String what, Backbone backbone, int tasks, List<TuningSpec> kinds, float[] pixels, int batch, int rounds) {
        List<Tuning> tunings = IntStream.range(0, tasks)
                .mapToObj(i -> new Tuning(backbone, kinds.get(i % kinds.size()), CLASSES, i))
                .toList();
        SplittableRandom random = new SplittableRandom(1);
        double[] bare = new double[rounds];
        double[] mixed = new double[rounds];
        for (int round = -1; round < rounds; round++) {
            List<Tuning> rows = new ArrayList<>();
            for (int i = 0; i < batch; i++) {
                rows.add(tunings.get(random.nextInt(tasks)));
            }
            double first = seconds(() -> bare(backbone, pixels, batch));
            double second = seconds(() -> MixedBatch.compute(backbone, rows, pixels));
            if (round >= 0) {
                bare[round] = first;
                mixed[round] = second;
            }
        }
        tunings.forEach(Tuning::close);
        Arrays.sort(bare);
        Arrays.sort(mixed);
        double first = bare[rounds / 2];
        double second = mixed[rounds / 2];
        System.out.printf("%20s %10.3f %10.3f %16.3f%n", what, first, second, first / second);
    }

    private static void bare(Backbone backbone, float[] pixels, int batch) {
        try (PointerScope scope = new PointerScope();
                NoGradGuard guard = new NoGradGuard()) {
            Tensor images = Tensors.of(pixels, batch, 3, backbone.height(), backbone.width());
            Tensors.floats(backbone.features(images, Pass.BARE));
        }
    }

    /** Modules on every sixth matrix, the vectors of every second block, single weights of the other matrices. */
    private static TuningSpec plan(Backbone backbone) {
        AllocationRule rule = AllocationRule.published(ModuleKind.LORA, 0);
        List<String> matrices = new ArrayList<>();
        List<String> vectors = new ArrayList<>();
        Map<String, FlatIndices> sparse = new LinkedHashMap<>();
        SplittableRandom random = new SplittableRandom(2);
        int number = 0;
        long modules = 0;
        long whole = 0;
        for (Site site : backbone.sites()) {
            if (site.block() >= 0 && site.kind() == Site.Kind.MATRIX && number++ % EVERY == 0) {
                matrices.add(site.name());
                modules += RANK * (site.rows() + site.rowSize());
            } else if (site.block() >= 0 && site.kind() == Site.Kind.MATRIX) {
                int size = Math.toIntExact(site.size());
                int entries = 2 * backbone.embedDim() / 3;
                sparse.put(
                        site.name(),
                        FlatIndices.of(random.ints(entries, 0, size)
                                .sorted()
                                .distinct()
                                .toArray()));
            } else if (site.block() >= 0 && site.kind() == Site.Kind.VECTOR && site.block() % 2 == 0) {
                vectors.add(site.name());
                whole += site.size();
            }
        }
        long single = sparse.values().stream().mapToLong(FlatIndices::size).sum();
        return new Planned(
                new Plan(
                        rule,
                        matrices,
                        vectors,
                        List.of(),
                        sparse,
                        new PlanCost(modules, whole, single, 0),
                        single,
                        OptionalLong.empty(),
                        List.of(),
                        List.of(),
                        new PlanSource(backbone.name(), "made up")),
                0,
                0,
                Planned.Origin.PAPER);
    }

    private static double seconds(Runnable work) {
        long start = System.nanoTime();
        work.run();
        return (System.nanoTime() - start) / 1e9;
    }
}
