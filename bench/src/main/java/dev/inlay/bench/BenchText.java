package dev.inlay.bench;

import dev.inlay.keys.Keys;
import dev.inlay.tensor.Precision;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** A report as a table for people. */
public final class BenchText {
    private static final double MEGABYTE = 1e6;
    private static final double GIGA = 1e9;

    private BenchText() {}

    /** One line per case under a head that says what it was measured with. */
    public static String table(BenchReport report) {
        int width = report.results().stream()
                .mapToInt(result -> result.work().name().length())
                .max()
                .orElse(0);
        StringBuilder text = new StringBuilder();
        text.append(String.format(
                Locale.ROOT, "%d threads, matrix products at %s%n", report.threads(), rates(report.matrixRates())));
        text.append(String.format(
                Locale.ROOT,
                "%-" + Math.max(width, 4) + "s %10s %19s %10s %9s %9s %9s %9s %8s%n",
                "case",
                "s, median",
                "s, least to most",
                "CPU s",
                "images/s",
                "held MB",
                "peak MB",
                "LibTorch",
                "products"));
        for (CaseResult result : report.results()) {
            text.append(line(result, report.share(result), Math.max(width, 4)));
        }
        return text.toString();
    }

    private static String rates(Map<Precision, Double> rates) {
        return new TreeMap<>(rates)
                .entrySet().stream()
                        .map(rate -> number(rate.getValue() / GIGA, "%.0f GFLOP/s in ") + Keys.word(rate.getKey()))
                        .collect(Collectors.joining(", "));
    }

    private static String line(CaseResult result, double share, int width) {
        Rounds rounds = result.rounds();
        Memory memory = result.memory();
        return String.format(
                Locale.ROOT,
                "%-" + width + "s %10s %19s %10s %9s %9s %9s %9s %8s%n",
                result.work().name(),
                rounds == null ? "" : number(rounds.median(), "%.4f"),
                rounds == null ? "" : number(rounds.least(), "%.4f") + " to " + number(rounds.most(), "%.4f"),
                rounds == null ? "" : number(rounds.medianProcessor(), "%.2f"),
                result.imagesPerSecond() == 0 ? "" : number(result.imagesPerSecond(), "%.1f"),
                memory == null ? "" : number(memory.heldBytes() / MEGABYTE, "%.0f"),
                memory == null ? "" : number(memory.peakBytes() / MEGABYTE, "%.0f"),
                result.libTorchShare() == null ? "" : number(100 * result.libTorchShare(), "%.1f %%"),
                share == 0 ? "" : number(100 * share, "%.0f %%"));
    }

    private static String number(double value, String format) {
        return String.format(Locale.ROOT, format, value);
    }
}
