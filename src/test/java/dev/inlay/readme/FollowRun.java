package dev.inlay.readme;

import dev.inlay.Inlay;
import dev.inlay.config.RunConfig;
import dev.inlay.record.EpochRecord;
import dev.inlay.record.RunRecord;
import dev.inlay.train.RunObserver;
import dev.inlay.train.StepResult;
import dev.inlay.train.Training;
import java.io.PrintStream;
import java.nio.file.Path;

/** The program that {@code docs/run-output.md} shows; {@link FollowRunTest} runs it. */
final class FollowRun {
    private FollowRun() {}

    // Page: begin
    /** Prints a line per epoch, and warns of a large gradient. */
    record Curve(PrintStream out) implements RunObserver {
        @Override
        public void onStep(Training training, long step, StepResult result) {
            if (result.gradientNorm() > 1e3) {
                out.println("step " + step + ": gradient norm " + result.gradientNorm());
            }
        }

        @Override
        public void onEpoch(Training training, EpochRecord epoch) {
            out.println(training.name() + ": " + training.line(epoch));
        }
    }

    static RunRecord follow(RunConfig config, Path out) {
        return Inlay.tune(config, out, new Curve(System.out));
    }
    // Page: end
}
