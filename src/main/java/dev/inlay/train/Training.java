package dev.inlay.train;

import dev.inlay.record.EpochRecord;
import java.util.Locale;

/**
 * One of the trainings of a run, as a {@link RunObserver} is told of it.
 *
 * @param name as the progress shows it: {@code train}, {@code try 1 of 4}, {@code train with seed 1}
 * @param epochs how many it has, at least 1
 */
public record Training(String name, int epochs) {
    /** Returns an epoch in one line: its score on validation where there is one, its accuracy on the training batches otherwise. */
    public String line(EpochRecord epoch) {
        boolean validated = epoch.validationTop1() != null;
        Double shown = validated ? epoch.validationTop1() : epoch.trainTop1();
        return String.format(
                Locale.ROOT,
                "epoch %" + Integer.toString(epochs).length() + "d/%d  loss %s%s  lr %s  %s img/s",
                epoch.epoch(),
                epochs,
                digits(epoch.trainLoss()),
                shown == null
                        ? ""
                        : String.format(Locale.ROOT, "  %s %4.1f %%", validated ? "val" : "train", 100 * shown),
                shortest(epoch.learningRate()),
                String.format(
                        Locale.ROOT, epoch.examplesPerSecond() < 99.95 ? "%.1f" : "%.0f", epoch.examplesPerSecond()));
    }

    /** Three digits that mean something, such as {@code 1.92} or {@code 0.0130}. */
    private static String digits(double loss) {
        return String.format(Locale.ROOT, loss >= 0.995 || loss == 0 ? "%.2f" : "%.3f", loss);
    }

    /** As people write learning rates: {@code 8.6e-4}. */
    private static String shortest(double rate) {
        return rate == 0
                ? "0"
                : String.format(Locale.ROOT, "%.1e", rate)
                        .replaceFirst("e([-+])0*(\\d)", "e$1$2")
                        .replace("e+", "e");
    }
}
