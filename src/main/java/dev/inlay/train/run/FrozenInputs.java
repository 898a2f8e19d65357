package dev.inlay.train.run;

import dev.inlay.config.RunConfig;
import dev.inlay.data.Examples;
import dev.inlay.progress.Progress;
import dev.inlay.record.Phase;
import dev.inlay.train.FrozenPrefix;
import dev.inlay.train.Inputs;
import dev.inlay.train.ModelEvaluator;
import dev.inlay.tuning.Tuning;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Optional;
import java.util.Set;

/** Decides for a run what goes into a tuning: the images, or what the blocks that it leaves as they are made of them. */
final class FrozenInputs {
    /** The embedding alone is not worth the memory. */
    private static final int LEAST_KEPT_STEPS = 2;

    private final SharedWork shared;
    private final RunData data;
    private final RunFolder folder;
    private final Phases phases;
    private final ModelEvaluator evaluator;
    private final Progress progress;
    private final Set<FrozenPrefix.Kept> charged = Collections.newSetFromMap(new IdentityHashMap<>());

    FrozenInputs(
            SharedWork shared,
            RunData data,
            RunFolder folder,
            Phases phases,
            ModelEvaluator evaluator,
            Progress progress) {
        this.shared = shared;
        this.data = data;
        this.folder = folder;
        this.phases = phases;
        this.evaluator = evaluator;
        this.progress = progress;
    }

    /** Examples to train on; stochastic depth draws anew in every epoch, so nothing is kept then. */
    Inputs learned(Tuning tuning, RunConfig chosen, Examples examples) {
        return chosen.backbone().dropPath() > 0 ? Inputs.images(examples) : judging(tuning, chosen, examples);
    }

    /** Examples behind the blocks that a tuning leaves as they are, if what these make of them can be kept. */
    Inputs judging(Tuning tuning, RunConfig chosen, Examples examples) {
        int steps = tuning.frozenSteps();
        if (steps < LEAST_KEPT_STEPS) {
            return Inputs.images(examples);
        }
        FrozenPrefix prefix = shared.prefix(chosen, data, steps, evaluator);
        Optional<FrozenPrefix.Kept> kept = prefix.kept(examples);
        if (kept.isPresent()) {
            if (charged.add(kept.get())) {
                folder.spent(Phase.FROZEN, kept.get().seconds());
            }
            return kept.get().inputs();
        }
        if (!prefix.takes(examples)) {
            return Inputs.images(examples);
        }
        FrozenPrefix.Kept made = phases.in(Phase.FROZEN, () -> prefix.keep(examples, "frozen blocks", progress));
        charged.add(made);
        return made.inputs();
    }
}
