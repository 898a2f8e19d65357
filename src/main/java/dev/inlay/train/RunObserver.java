package dev.inlay.train;

import dev.inlay.error.InlayException;
import dev.inlay.progress.Progress;
import dev.inlay.record.EpochRecord;
import dev.inlay.record.Quality;
import dev.inlay.record.RunStatus;
import dev.inlay.record.Split;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Observes a run, and may stop it: overrides what it wants to know, and nothing else. Every training of the run is told: the trials
 * of its search, its own and its repeats. A run that is resumed tells only what it does itself, and what came after the last save a second
 * time, so that nothing is lost. An exception in one of the methods {@code on…} ends the run with the observer's name, an
 * {@link InlayException} as it is. They are
 * called on the thread that trains, which waits for them.
 */
public interface RunObserver {
    /** Returns what shows long work; asked once for each piece of it. */
    default Progress progress() {
        return Progress.NONE;
    }

    /** Returns what is kept up to date all the time; an observer with one returns the same every time. */
    default RunStatus status() {
        return new RunStatus();
    }

    /** Returns what is asked after every step; true saves and stops. */
    default BooleanSupplier stop() {
        return () -> false;
    }

    /**
     * Called once, before the first phase. What the config could do better on this machine is measured when it is asked for, in
     * well under a second.
     *
     * @param advice gives a sentence for people, if there is one
     */
    default void onAdvice(Supplier<Optional<String>> advice) {}

    /**
     * Called after every step of the optimiser.
     *
     * @param training that the step belongs to
     * @param step its number, from 1, counted over all epochs
     * @param result loss, gradient norm and learning rate
     */
    default void onStep(Training training, long step, StepResult result) {}

    /**
     * Called after every epoch, and after its evaluation.
     *
     * @param training that the epoch belongs to
     * @param epoch its mean loss, and the accuracies that were measured
     */
    default void onEpoch(Training training, EpochRecord epoch) {}

    /**
     * Called when the run's own training was evaluated on a split.
     *
     * @param training that was evaluated
     * @param epoch after which, from 1; 0 before the first step
     * @param split the images
     * @param quality of the model on them
     */
    default void onEvaluation(Training training, int epoch, Split split, Quality quality) {}

    /**
     * Returns an observer that passes on events to this one, then to another one. Progress, status and the request to stop are this one's.
     *
     * @param other is told of steps, epochs and evaluations
     */
    default RunObserver and(RunObserver other) {
        RunObserver first = this;
        return new RunObserver() {
            @Override
            public Progress progress() {
                return first.progress();
            }

            @Override
            public RunStatus status() {
                return first.status();
            }

            @Override
            public BooleanSupplier stop() {
                return first.stop();
            }

            @Override
            public void onAdvice(Supplier<Optional<String>> advice) {
                both(told -> told.onAdvice(advice));
            }

            @Override
            public void onStep(Training training, long step, StepResult result) {
                both(told -> told.onStep(training, step, result));
            }

            @Override
            public void onEpoch(Training training, EpochRecord epoch) {
                both(told -> told.onEpoch(training, epoch));
            }

            @Override
            public void onEvaluation(Training training, int epoch, Split split, Quality quality) {
                both(told -> told.onEvaluation(training, epoch, split, quality));
            }

            private void both(Consumer<RunObserver> event) {
                tell(first, event);
                tell(other, event);
            }
        };
    }

    /** Returns an observer that does nothing. */
    static RunObserver nobody() {
        return of(Progress.NONE, new RunStatus(), () -> false);
    }

    /**
     * Returns an observer that is told nothing of single steps.
     *
     * @param progress shows long work
     * @param status updated all the time
     * @param stop asked after every step; true saves and stops
     */
    static RunObserver of(Progress progress, RunStatus status, BooleanSupplier stop) {
        return new RunObserver() {
            @Override
            public Progress progress() {
                return progress;
            }

            @Override
            public RunStatus status() {
                return status;
            }

            @Override
            public BooleanSupplier stop() {
                return stop;
            }
        };
    }

    /**
     * Tells an observer of an event.
     *
     * @param observer to tell
     * @param event calls one of its methods
     * @throws InlayException naming the observer's class, if it throws another exception
     */
    static void tell(RunObserver observer, Consumer<RunObserver> event) {
        try {
            event.accept(observer);
        } catch (InlayException e) {
            throw e; // says itself what to do, as those of two observers in one do
        } catch (RuntimeException e) {
            throw new InlayException(
                    "the observer " + observer.getClass().getName() + " failed: " + e
                            + "; rerun without it, or with it repaired, to resume from the last save",
                    e);
        }
    }
}
