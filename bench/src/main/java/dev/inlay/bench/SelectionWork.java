package dev.inlay.bench;

import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.TunableParameter;
import dev.inlay.plan.AllocationRule;
import dev.inlay.plan.Candidate;
import dev.inlay.plan.ModuleKind;
import dev.inlay.plan.PlanSource;
import dev.inlay.plan.allocation.Allocator;
import dev.inlay.plan.allocation.SeedSweep;
import dev.inlay.tensor.Tensors;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** The costs of the 79 plans that SPT's code tries: from one selection, or the top-k passes behind them. */
final class SelectionWork implements Workload {
    private static final int PASSES = 3;

    private final List<Candidate> candidates;
    private final AllocationRule rule;
    private final long[] taus;
    private float[][] scores;
    private Tensor all;

    SelectionWork(Backbone backbone, Stage stage) {
        candidates = Candidate.among(backbone.tunableParameters());
        rule = AllocationRule.published(ModuleKind.LORA, TunableParameter.classToken(backbone.tunableParameters()));
        long weights = candidates.stream().mapToLong(Candidate::size).sum();
        taus = Arrays.stream(SeedSweep.authorTaus())
                .map(tau -> Math.min(tau, weights))
                .toArray();
        backbone.close();
        scores = SyntheticScores.of(candidates, 0);
        if (stage == Stage.TOP_K) {
            try (PointerScope scope = new PointerScope()) {
                all = Tensors.own(Tensors.cat(
                        Arrays.stream(scores)
                                .map(values -> Tensors.of(values, values.length))
                                .toList(),
                        0));
            }
            scores = null;
        }
    }

    @Override
    public double run() {
        if (all == null) {
            PlanSource source = new PlanSource("", "made up");
            long[] costs = new Allocator(candidates, scores, source).costs(rule, taus);
            return costs[costs.length - 1];
        }
        double smallest = 0;
        for (int pass = 1; pass <= PASSES; pass++) {
            try (PointerScope scope = new PointerScope()) {
                long tau = taus[pass * taus.length / PASSES - 1];
                smallest = torch.topk(all, tau).get0().get(tau - 1).item_double();
            }
        }
        return smallest;
    }

    @Override
    public double scale() {
        return all == null ? 1 : (double) taus.length / PASSES;
    }

    @Override
    public int images() {
        return 0;
    }

    @Override
    public long trainable() {
        return 0;
    }

    @Override
    public long flops() {
        return 0;
    }

    @Override
    public void close() {
        Tensors.release(all);
        scores = null;
    }
}
