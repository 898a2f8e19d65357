package dev.inlay.record;

import dev.inlay.random.Key;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** Made-up comparisons with believable numbers. */
public final class SampleComparisons {
    private static final List<String> TASKS = List.of("orientation", "count", "position");
    private static final List<Long> SEEDS = List.of(0L, 1L, 2L);

    private SampleComparisons() {}

    private record Method(String name, long parameters, double top1, double seconds) {}

    /** The methods of both papers, many of them with the same number of parameters. */
    public static ComparisonRecord papers() {
        return comparison(List.of(
                new Method("Linear", 0, 0.412, 9.1),
                new Method("Bias", 4_032, 0.561, 21.3),
                new Method("Partial-1", 111_264, 0.583, 15.8),
                new Method("LoRA-8 (q, v)", 12_288, 0.601, 23.2),
                new Method("LoRA, all six matrices", 12_288, 0.622, 26.9),
                new Method("Adapter-8", 13_216, 0.598, 24.8),
                new Method("VPT-Shallow", 960, 0.487, 25.4),
                new Method("VPT-Deep", 3_840, 0.543, 26.2),
                new Method("SPT-LoRA", 12_288, 0.634, 27.4),
                new Method("SPT-Adapter", 12_287, 0.629, 28.1),
                new Method("Full", 467_328, 0.571, 34.0)));
    }

    /** One seed, one task, names from outside that are markup, and a run that failed. */
    public static ComparisonRecord small() {
        List<ComparisonRunRecord> points = List.of(
                new ComparisonRunRecord(
                        "a, \"b\"",
                        "<b>bold</b>",
                        4,
                        0.5,
                        10L,
                        900L,
                        null,
                        1.25,
                        List.of("careful"),
                        null,
                        null,
                        null,
                        null),
                ComparisonRunRecord.failed(new RunKey("a, \"b\"", "broken", 4), "no & never"));
        return ComparisonRecord.of(
                "small & <b>plain</b>",
                List.of("custom"),
                List.of("a, \"b\""),
                List.of(4L),
                List.of("broken", "<b>bold</b>"),
                points,
                "{}");
    }

    private static ComparisonRecord comparison(List<Method> methods) {
        SplittableRandom random = Key.of(3, "comparison").stream();
        List<ComparisonRunRecord> points = new ArrayList<>();
        for (int t = 0; t < TASKS.size(); t++) {
            for (long seed : SEEDS) {
                for (Method method : methods) {
                    double top1 = method.top1() - 0.08 + 0.09 * t + 0.015 * random.nextGaussian();
                    points.add(new ComparisonRunRecord(
                            TASKS.get(t),
                            method.name(),
                            seed,
                            Math.rint(1000 * top1) / 1000,
                            method.parameters(),
                            4 * method.parameters() + 4L * 97 * (8 - t) + 3_000,
                            700_000_000L + 400 * method.parameters(),
                            method.seconds() + random.nextDouble(),
                            List.of(),
                            null,
                            "runs/" + TASKS.get(t) + "/" + method.name().replaceAll("[^a-zA-Z0-9-]+", "-") + "/seed-"
                                    + seed,
                            null,
                            Interval.wilson(Math.rint(1000 * top1) / 1000, 500)));
                }
            }
        }
        return ComparisonRecord.of(
                "built-in tasks",
                List.of("builtin"),
                TASKS,
                SEEDS,
                methods.stream().map(Method::name).toList(),
                points,
                "{\n  \"seeds\" : [ 0, 1, 2 ]\n}");
    }
}
