package dev.inlay.serve.training;

import dev.inlay.error.StoppedException;
import dev.inlay.progress.Pace;
import dev.inlay.progress.Progress;
import dev.inlay.record.Phase;
import dev.inlay.record.RunStatus;
import dev.inlay.serve.TrainingJob.Step;
import dev.inlay.train.RunObserver;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.function.BooleanSupplier;

/** The piece of work that a job is at. It ends the job between two steps of any piece when it is to stop. */
final class JobProgress implements Progress {
    private final BooleanSupplier stop;
    private volatile Training training;
    private volatile Piece item;

    /** One of the trainings of a job. */
    private record Training(int part, int parts, RunStatus status) {}

    JobProgress(BooleanSupplier stop) {
        this.stop = stop;
    }

    /** Who watches a training of the job. */
    RunObserver watch(int part, int parts) {
        RunStatus status = new RunStatus();
        training = new Training(part, parts, status);
        return RunObserver.of(this, status, stop);
    }

    @Override
    public Task start(String name, Unit unit, long total) {
        Piece started = new Piece(total);
        item = started;
        started.requireGoingOn();
        return started;
    }

    /** Where the job is; empty if it has not begun. */
    Optional<Step> step() {
        Training now = training;
        Piece current = item;
        if (now == null) {
            return Optional.empty();
        }
        String phase = now.status().phase().name().toLowerCase(Locale.ROOT);
        return Optional.of(
                current == null
                        ? new Step(phase, now.part(), now.parts(), 0, 0, OptionalDouble.empty())
                        : new Step(
                                phase,
                                now.part(),
                                now.parts(),
                                current.pace.done(),
                                current.total,
                                current.secondsLeft()));
    }

    private final class Piece implements Task {
        private final long total;
        private final Pace pace;

        private Piece(long total) {
            this.total = total;
            this.pace = new Pace(total, System::nanoTime);
        }

        @Override
        public void at(long steps) {
            pace.at(steps);
            requireGoingOn();
        }

        /** Training itself asks whether it is to stop, and saves what it has. */
        private void requireGoingOn() {
            if (stop.getAsBoolean() && training.status().phase() != Phase.TRAIN) {
                throw new StoppedException("stopped");
            }
        }

        private OptionalDouble secondsLeft() {
            OptionalLong nanos = pace.nanosLeft();
            return nanos.isPresent() ? OptionalDouble.of(nanos.getAsLong() * 1e-9) : OptionalDouble.empty();
        }
    }
}
