package dev.inlay.train.run;

import dev.inlay.config.RunConfig;
import dev.inlay.data.Examples;
import dev.inlay.inputs.RunData;
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
import java.util.function.Supplier;

/** Decides for a run what goes into a tuning: the images, or what the blocks that it leaves as they are made of them. */
final class FrozenInputs {
    /** The embedding alone is not worth the memory. */
    private static final int LEAST_KEPT_STEPS = 2;

    private final SharedWork shared;
    private final RunData data;
    private final Account account;
    private final ModelEvaluator evaluator;
    private final Progress progress;
    private final Set<FrozenPrefix.Kept> charged = Collections.newSetFromMap(new IdentityHashMap<>());

    /** Where the time goes that this takes. */
    interface Account {
        /** Nobody asks. */
        Account NONE = new Account() {
            @Override
            public FrozenPrefix.Kept in(Supplier<FrozenPrefix.Kept> work) {
                return work.get();
            }

            @Override
            public void spent(double seconds) {}
        };

        /** Does the work of {@link Phase#FROZEN}. */
        FrozenPrefix.Kept in(Supplier<FrozenPrefix.Kept> work);

        /** Time that it took elsewhere. */
        void spent(double seconds);

        /** The times of a run. */
        static Account of(Phases phases) {
            return new Account() {
                @Override
                public FrozenPrefix.Kept in(Supplier<FrozenPrefix.Kept> work) {
                    return phases.in(Phase.FROZEN, work);
                }

                @Override
                public void spent(double seconds) {
                    phases.folder().spent(Phase.FROZEN, seconds);
                }
            };
        }
    }

    FrozenInputs(SharedWork shared, RunData data, Account account, ModelEvaluator evaluator, Progress progress) {
        this.shared = shared;
        this.data = data;
        this.account = account;
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
                account.spent(kept.get().seconds());
            }
            return kept.get().inputs();
        }
        if (!prefix.takes(examples)) {
            return Inputs.images(examples);
        }
        FrozenPrefix.Kept made = account.in(() -> prefix.keep(examples, "frozen blocks", progress));
        charged.add(made);
        return made.inputs();
    }
}
