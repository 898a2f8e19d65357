package dev.inlay.bench.study;

import dev.inlay.bench.BenchCase;
import dev.inlay.bench.BenchSuite;
import dev.inlay.bench.Methods;
import dev.inlay.bench.SyntheticPlans;
import dev.inlay.bench.Workload;
import dev.inlay.kernels.Kernels;
import dev.inlay.plan.Plan;
import dev.inlay.tensor.LibTorch;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** What individual weights cost in a step of SPT: without them, with them by the native kernel, and with them by LibTorch. */
@Command(
        name = "sparse-steps",
        description =
                "Training steps of SPT (0.2 M) on ViT-B/16 without individual weights, with them by the native kernel, and"
                        + " by LibTorch, in turn.")
public final class SparseSteps extends Study {
    @Option(names = "--rounds", paramLabel = "N", defaultValue = "5", description = "Steps of each; ${DEFAULT-VALUE}.")
    private int rounds;

    @Option(names = "--batch", paramLabel = "N", defaultValue = "8", description = "Images; ${DEFAULT-VALUE}.")
    private int batch;

    @Override
    void measure() {
        BenchCase work = BenchSuite.step("vit_base_patch16_224", "spt-lora-0.2m", batch);
        Plan plan = Methods.plan(work).orElseThrow();
        print("%d rounds, batch %d, %d threads, %s", rounds, batch, LibTorch.threads(), Kernels.describe());
        print(
                "%d individual weights in %d tensors",
                plan.cost().sparse(), plan.sparse().size());
        try (Workload without = open(work, SyntheticPlans.withSparse(plan, Map.of()), "auto");
                Workload ours = open(work, plan, "auto");
                Workload libTorchs = open(work, plan, "libtorch")) {
            Map<String, Runnable> ways = new LinkedHashMap<>();
            ways.put("without individual weights", without::run);
            ways.put("native kernel", ours::run);
            ways.put("LibTorch", libTorchs::run);
            print(Turns.HEAD);
            Turns.measure(rounds, 1, ways).lines().forEach(this::print);
        }
    }

    /** After one step, in which the kernels are chosen. */
    private static Workload open(BenchCase work, Plan plan, String kernels) {
        System.setProperty(Kernels.PROPERTY, kernels);
        try {
            Workload opened = Workload.of(work, Optional.of(plan));
            opened.run();
            return opened;
        } finally {
            System.clearProperty(Kernels.PROPERTY);
        }
    }
}
