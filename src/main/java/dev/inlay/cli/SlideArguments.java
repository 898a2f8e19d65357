package dev.inlay.cli;

import dev.inlay.inference.SlidingWindow;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** The options {@code --slide [--stride PIXELS]} of the commands that give every pixel a class. */
final class SlideArguments {
    @Option(
            names = "--slide",
            description =
                    "Of a task of masks, show images at their own size in windows of the size it was tuned at, and"
                            + " average the logits where they overlap.")
    private boolean slide;

    @Option(
            names = "--stride",
            paramLabel = "PIXELS",
            description = "With --slide, from one window to the next; two thirds of the window unless given.")
    private Integer stride;

    boolean isGiven() {
        return slide;
    }

    /** Refuses a stride that nothing is done with. */
    void require(CommandSpec spec) {
        if (stride != null && !slide) {
            throw new ParameterException(spec.commandLine(), "--stride goes with --slide");
        }
        if (stride != null) {
            Misuse.requireAtLeast(spec.commandLine(), "--stride", 1, stride);
        }
    }

    /**
     * What was asked for; empty where images are shown as a whole.
     *
     * @param height of a window, that of the backbone's images
     * @param width of a window
     */
    Optional<SlidingWindow> window(int height, int width) {
        if (!slide) {
            return Optional.empty();
        }
        return Optional.of(
                stride == null ? SlidingWindow.overlapping(height, width) : new SlidingWindow(stride, stride));
    }
}
