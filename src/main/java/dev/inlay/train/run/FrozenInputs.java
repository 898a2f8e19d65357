package dev.inlay.train.run;

import dev.inlay.config.RunConfig;
import dev.inlay.data.Examples;
import dev.inlay.data.loading.Inputs;
import dev.inlay.progress.Progress;
import dev.inlay.record.Phase;
import dev.inlay.train.FrozenPrefix;
import dev.inlay.tuning.Tuning;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/** Decides for a run what goes into a tuning: the images, or what the blocks that it leaves as they are made of them. */
final class FrozenInputs {
    /** The embedding alone is not worth the memory. */
    private static final int MIN_KEPT_STEPS = 2;

    private final SharedWork shared;
    private final LoadedRun run;
    private final Optional<Phases> phases;
    private final Progress progress;
    private final Set<FrozenPrefix.Kept> charged = Collections.newSetFromMap(new IdentityHashMap<>());

    /**
     * @param shared keeps what was computed
     * @param phases take the time of it; empty on ranks other than 0
     */
    FrozenInputs(SharedWork shared, LoadedRun run, Optional<Phases> phases, Progress progress) {
        this.shared = shared;
        this.run = run;
        this.phases = phases;
        this.progress = progress;
    }

    /** Examples to train on; stochastic depth draws anew in every epoch, and mixing needs the images, so nothing is kept then. */
    Inputs learned(Tuning tuning, RunConfig chosen, Examples examples) {
        boolean changes =
                chosen.backbone().dropPath() > 0 || !chosen.train().mixup().isNone();
        return changes ? Inputs.images(examples) : judging(tuning.frozenSteps(), chosen, examples);
    }

    /**
     * Examples behind the blocks that are left as they are, if what these make of them can be kept.
     *
     * @param steps of the pass that are left as they are
     */
    Inputs judging(int steps, RunConfig chosen, Examples examples) {
        if (steps < MIN_KEPT_STEPS) {
            return Inputs.images(examples);
        }
        FrozenPrefix prefix = shared.prefix(chosen, run.data(), steps, run.inference());
        Optional<FrozenPrefix.Kept> kept = prefix.kept(examples);
        if (kept.isPresent()) {
            if (charged.add(kept.get())) {
                phases.ifPresent(
                        times -> times.folder().spent(Phase.FROZEN, kept.get().seconds()));
            }
            return kept.get().inputs();
        }
        if (!prefix.takes(examples)) {
            return Inputs.images(examples);
        }
        Supplier<FrozenPrefix.Kept> keep = () -> prefix.keep(examples, "frozen blocks", progress);
        FrozenPrefix.Kept made =
                phases.map(times -> times.in(Phase.FROZEN, keep)).orElseGet(keep);
        charged.add(made);
        return made.inputs();
    }
}
