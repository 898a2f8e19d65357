package dev.inlay.bench.study;

import dev.inlay.bench.Rounds;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;

/**
 * Ways to do the same work, in turn in one run, A B A B …, so that what else the machine does meets all alike.
 *
 * @param ways what each took, round by round, by its name
 */
record Turns(Map<String, Rounds> ways) {
    private static final String ROW = "%-34s %10s %10s %10s %26s %12s";

    /** What stands above {@link #lines}. */
    static final String HEAD =
            ROW.formatted("", "s, median", "least", "CPU s", "of the first (quartiles)", "of its CPU s");

    /**
     * Runs every way once to warm up, then each of them in every round.
     *
     * @param times how often a way is run in a round; what is kept is the time of one
     */
    static Turns measure(int rounds, int times, Map<String, Runnable> ways) {
        round(times, ways);
        Turns all = round(times, ways);
        for (int i = 1; i < rounds; i++) {
            Turns next = round(times, ways);
            all.ways.replaceAll((name, before) -> before.and(next.ways.get(name)));
        }
        return all;
    }

    /** Runs every way once, in turn, without a warm-up. */
    static Turns round(int times, Map<String, Runnable> ways) {
        Map<String, Rounds> round = new LinkedHashMap<>();
        ways.forEach((name, way) -> round.put(name, Rounds.measure(1, () -> repeat(times, way), 1.0 / times)));
        return new Turns(round);
    }

    private static double repeat(int times, Runnable work) {
        for (int i = 0; i < times; i++) {
            try (PointerScope scope = new PointerScope()) {
                work.run();
            }
        }
        return times;
    }

    /** A line for every way: its times, and round by round as a share of those of the first. */
    List<String> lines() {
        Rounds first = ways.values().iterator().next();
        return ways.entrySet().stream()
                .map(way -> line(way.getKey(), way.getValue(), first))
                .toList();
    }

    private static String line(String name, Rounds own, Rounds first) {
        double[] seconds = ratios(own.seconds(), first.seconds());
        double[] processor = ratios(own.processorSeconds(), first.processorSeconds());
        return ROW.formatted(
                name,
                number(own.median()),
                number(own.least()),
                number(own.medianProcessor()),
                "%s (%s to %s)"
                        .formatted(
                                number(quartile(seconds, 2)),
                                number(quartile(seconds, 1)),
                                number(quartile(seconds, 3))),
                number(quartile(processor, 2)));
    }

    private static double[] ratios(List<Double> own, List<Double> first) {
        return IntStream.range(0, own.size())
                .mapToDouble(i -> own.get(i) / first.get(i))
                .sorted()
                .toArray();
    }

    private static double quartile(double[] sorted, int quarter) {
        return sorted[(sorted.length - 1) * quarter / 4];
    }

    private static String number(double value) {
        return Double.isFinite(value) ? String.format(Locale.ROOT, "%.3g", value) : "-"; // of no CPU time
    }
}
