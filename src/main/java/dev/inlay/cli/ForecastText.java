package dev.inlay.cli;

import dev.inlay.config.TrainConfig;
import dev.inlay.record.Phase;
import dev.inlay.record.TrainableParameters;
import dev.inlay.train.run.Forecast;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** A dry run as a terminal shows it. */
final class ForecastText {
    private static final double MEGABYTE = 1 << 20;

    private ForecastText() {}

    static void print(Forecast forecast, TrainConfig train, PrintWriter out) {
        TrainableParameters trainable = forecast.trainable();
        line(
                out,
                "images",
                "%,d to train on, %,d for validation, %,d to test on, %,d classes",
                forecast.sizes().train(),
                forecast.sizes().validation(),
                forecast.sizes().test(),
                forecast.classes());
        line(
                out,
                "parameters",
                "%,d trained of %,d of the backbone (%.2f %%), and a head of %,d",
                trainable.withoutHead(),
                forecast.backboneParameters(),
                100.0 * trainable.withoutHead() / forecast.backboneParameters(),
                trainable.head());
        line(
                out,
                "a step",
                "%.2f s for %,d images%s",
                forecast.stepSeconds(),
                train.batchSize() * train.accumulate(),
                forecast.batch() == train.batchSize() ? "" : ", measured on " + forecast.batch());
        line(
                out,
                "time",
                "%sabout %s: %s%s",
                train.patience() > 0 ? "at most " : "",
                duration(forecast.totalSeconds()),
                phases(forecast.seconds()),
                train.patience() > 0 ? "; train.patience=" + train.patience() + " may end training earlier" : "");
        forecast.peakResidentBytes()
                .ifPresent(bytes -> line(out, "memory", "about %,.0f MB at its peak", bytes / MEGABYTE));
        forecast.warnings().forEach(warning -> line(out, "note", "%s", warning));
        line(out, "not checked", "whether every image can be decoded, and whether test images are also in train");
    }

    private static String phases(Map<Phase, Double> seconds) {
        return seconds.entrySet().stream()
                .map(phase -> phase.getKey() + " " + duration(phase.getValue()))
                .collect(Collectors.joining(", "));
    }

    private static String duration(double seconds) {
        long whole = Math.round(seconds);
        return whole < 60
                ? whole + " s"
                : whole < 3600
                        ? String.format(Locale.ROOT, "%d:%02d min", whole / 60, whole % 60)
                        : String.format(Locale.ROOT, "%d:%02d h", whole / 3600, whole % 3600 / 60);
    }

    private static void line(PrintWriter out, String name, String format, Object... values) {
        out.printf(Locale.ROOT, "%-16s", name);
        out.printf(Locale.ROOT, format + "%n", values);
    }
}
