package dev.inlay.train.run;

import dev.inlay.record.Phase;
import dev.inlay.train.RunObserver;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The phases of a run: each is logged, shown and timed. One ends before the next begins.
 *
 * @param folder keeps the times
 * @param observer sees the phase
 */
record Phases(RunFolder folder, RunObserver observer) {
    private static final Logger LOG = LoggerFactory.getLogger(Phases.class);

    /** Does the work of a phase. */
    <T> T in(Phase phase, Supplier<T> work) {
        LOG.info("{} begins", phase);
        observer.status().phase(phase);
        folder.begin(phase);
        try {
            return work.get();
        } finally {
            folder.end(phase);
        }
    }
}
