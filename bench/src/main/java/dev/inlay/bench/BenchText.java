package dev.inlay.bench;

import java.util.Locale;

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
                Locale.ROOT,
                "%d threads, matrix products at %.0f GFLOP/s%n",
                report.threads(),
                report.matrixRate() / GIGA));
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
            text.append(line(result, report.matrixRate(), Math.max(width, 4)));
        }
        return text.toString();
    }

    private static String line(CaseResult result, double rate, int width) {
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
                result.flopsPerSecond() == 0 ? "" : number(100 * result.flopsPerSecond() / rate, "%.0f %%"));
    }

    private static String number(double value, String format) {
        return String.format(Locale.ROOT, format, value);
    }
}
