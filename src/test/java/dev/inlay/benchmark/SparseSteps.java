package dev.inlay.benchmark;

import dev.inlay.backbone.Site;
import dev.inlay.backbone.vit.VisionTransformer;
import dev.inlay.backbone.vit.VitLoader;
import dev.inlay.backbone.vit.VitVariants;
import dev.inlay.data.loading.Batch;
import dev.inlay.kernels.Kernels;
import dev.inlay.plan.AllocationMode;
import dev.inlay.plan.AllocationRule;
import dev.inlay.plan.FlatIndices;
import dev.inlay.plan.ModuleKind;
import dev.inlay.plan.Plan;
import dev.inlay.plan.PlanCost;
import dev.inlay.plan.PlanSource;
import dev.inlay.random.Key;
import dev.inlay.tensor.Precision;
import dev.inlay.tensor.Tensors;
import dev.inlay.train.Trainer;
import dev.inlay.train.TrainingSettings;
import dev.inlay.train.optim.AdamWSpec;
import dev.inlay.train.optim.DecayRule;
import dev.inlay.train.schedule.ConstantSchedule;
import dev.inlay.tuning.Initial;
import dev.inlay.tuning.Tuning;
import dev.inlay.tuning.method.Planned;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.global.torch;

/**
 * What single weights cost in a step of SPT with 0.2 M trained weights on ViT-B/16 (random weights, 224 × 224 pixels): the
 * step without them, with them by the native kernel, and with them by LibTorch, in turn in one run. As in the plans that
 * were published for this budget, about 31,000 entries are spread over 54 matrices.
 *
 * <p>Arguments: rounds (5) and images per batch (8).
 */
public final class SparseSteps {
    private static final String VIT = "vit_base_patch16_224";
    private static final int CLASSES = 100;
    private static final int RANK = 8;
    private static final int MODULES = 10;
    private static final int SPARSE_MATRICES = 54;
    private static final int ENTRIES = 580;

    private SparseSteps() {}

    public static void main(String[] arguments) {
        int rounds = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 5;
        int batch = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 8;
        System.out.printf(
                "%d rounds, batch %d, %d threads, %s%n", rounds, batch, torch.get_num_threads(), Kernels.describe());
        double[][] seconds = new double[3][rounds];
        double[][] processor = new double[3][rounds];
        try (PointerScope scope = new PointerScope();
                VisionTransformer vit = VitLoader.random(VIT, VitVariants.of(VIT), 0)) {
            float[] pixels = Initial.normal(Key.of(0, "images"), 3L * batch * vit.height() * vit.width(), 0, 1);
            Batch images = new Batch(
                    IntStream.range(0, batch).toArray(),
                    Tensors.of(pixels, batch, 3, vit.height(), vit.width()),
                    Tensors.indices(IntStream.range(0, batch).toArray()));
            try (Steps without = Steps.of(vit, spec(vit, false), "auto", images);
                    Steps ours = Steps.of(vit, spec(vit, true), "auto", images);
                    Steps libTorchs = Steps.of(vit, spec(vit, true), "libtorch", images)) {
                List<Steps> all = List.of(without, ours, libTorchs);
                for (int round = 0; round < rounds; round++) {
                    for (int i = 0; i < all.size(); i++) {
                        Duration before = processorTime();
                        seconds[i][round] = all.get(i).seconds(images);
                        processor[i][round] = processorTime().minus(before).toMillis() / 1e3;
                    }
                }
            }
        }
        String[] names = {"without single weights", "native kernel", "LibTorch"};
        System.out.printf("%24s %30s %30s%n", "", "s: median, least (ratios)", "processor s: the same");
        for (int i = 0; i < names.length; i++) {
            System.out.printf("%24s %30s %30s%n", names[i], compared(seconds, i), compared(processor, i));
        }
    }

    /** Median and least, and what they are of those of the first. */
    private static String compared(double[][] times, int i) {
        double[] first = Arrays.stream(times[0]).sorted().toArray();
        double[] own = Arrays.stream(times[i]).sorted().toArray();
        int middle = own.length / 2;
        return "%.2f, %.2f (%.3f, %.3f)".formatted(own[middle], own[0], own[middle] / first[middle], own[0] / first[0]);
    }

    /** Of all threads; a shared machine does not count in it. */
    private static Duration processorTime() {
        return ProcessHandle.current().info().totalCpuDuration().orElse(Duration.ZERO);
    }

    private static Planned spec(VisionTransformer vit, boolean single) {
        AllocationRule rule =
                new AllocationRule(ModuleKind.LORA, RANK, 10, 5, true, AllocationMode.BOTH, vit.embedDim(0));
        List<Site> matrices = vit.sites().stream()
                .filter(site -> site.kind() == Site.Kind.MATRIX && site.block() >= 0)
                .toList();
        List<Site> vectors = vit.sites().stream()
                .filter(site ->
                        site.kind() == Site.Kind.VECTOR && site.operation().startsWith("norm"))
                .toList();
        List<Site> modules = matrices.stream()
                .filter(site -> site.operation().equals("attn.v"))
                .limit(MODULES)
                .toList();
        Map<String, FlatIndices> sparse = new LinkedHashMap<>();
        SplittableRandom random = new SplittableRandom(0);
        matrices.stream()
                .filter(site -> single && !modules.contains(site))
                .limit(SPARSE_MATRICES)
                .forEach(site -> sparse.put(
                        site.name(),
                        FlatIndices.of(random.ints(0, Math.toIntExact(site.size()))
                                .distinct()
                                .limit(ENTRIES)
                                .sorted()
                                .toArray())));
        PlanCost cost = new PlanCost(
                modules.stream()
                        .mapToLong(site -> RANK * (site.rows() + site.rowSize()))
                        .sum(),
                vectors.stream().mapToLong(Site::size).sum(),
                (long) sparse.size() * ENTRIES,
                vit.embedDim(0));
        Plan plan = new Plan(
                rule,
                modules.stream().map(Site::name).toList(),
                vectors.stream().map(Site::name).toList(),
                List.of(),
                sparse,
                cost,
                cost.sparse(),
                OptionalLong.empty(),
                List.of(),
                List.of(),
                new PlanSource(VIT, "made up"));
        return new Planned(plan, 0, 0, Planned.Origin.PAPER);
    }

    /** A training that is stepped now and then. */
    private record Steps(Tuning tuning, Trainer trainer) implements AutoCloseable {
        /** After one step, in which the kernels are chosen. */
        static Steps of(VisionTransformer vit, Planned spec, String kernels, Batch batch) {
            System.setProperty(Kernels.PROPERTY, kernels);
            try {
                Tuning tuning = new Tuning(vit, spec, CLASSES, 0);
                TrainingSettings settings = new TrainingSettings(
                        1,
                        1,
                        AdamWSpec.DEFAULT,
                        1e-4,
                        DecayRule.MATRICES,
                        new ConstantSchedule(1e-4),
                        Double.POSITIVE_INFINITY,
                        0,
                        0,
                        false,
                        Precision.FLOAT32,
                        0);
                Steps steps = new Steps(tuning, new Trainer(tuning, settings));
                steps.seconds(batch);
                return steps;
            } finally {
                System.clearProperty(Kernels.PROPERTY);
            }
        }

        double seconds(Batch batch) {
            try (PointerScope scope = new PointerScope()) {
                long start = System.nanoTime();
                trainer.step(0, 0, 1, batch);
                return (System.nanoTime() - start) / 1e9;
            }
        }

        @Override
        public void close() {
            trainer.close();
            tuning.close();
        }
    }
}
