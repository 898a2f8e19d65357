package dev.inlay.report;

import dev.inlay.record.PairedTest;
import dev.inlay.record.RunRecord;
import java.util.Locale;
import java.util.Optional;

/**
 * Whether tuning was worth it, in a sentence.
 *
 * @param kind what it comes to
 * @param sentence says it, with its numbers
 * @param advice what to try next; empty where there is nothing to advise
 */
public record Verdict(Kind kind, String sentence, Optional<String> advice) {
    /** Differences less probable than this by chance are told as differences. */
    private static final double LEVEL = 0.05;

    /** What a verdict comes to. */
    public enum Kind {
        /** Better than linear probing. */
        BETTER,
        /** Not clearly told apart from linear probing. */
        SIMILAR,
        /** Worse than linear probing, or no better than chance. */
        WORSE;

        /** The name in JSON: lower case. */
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** Returns the verdict on a run; empty if it has nothing to be compared with. */
    public static Optional<Verdict> of(RunRecord run) {
        Double chance = run.data() == null ? null : run.data().chance();
        if (chance != null && run.test().score() <= chance) {
            return Optional.of(new Verdict(
                    Kind.WORSE,
                    "no better than always answering the most frequent class (" + percent(chance) + ")",
                    Optional.of("another train.learningRate or more train.epochs; check the labels")));
        }
        return run.linear() == null || run.linear().paired() == null
                ? Optional.empty()
                : Optional.of(against(run, run.linear().paired()));
    }

    private static Verdict against(RunRecord run, PairedTest paired) {
        long ahead = paired.onlyTask() - paired.onlyBaseline();
        long test = run.test().examples();
        if (paired.p() < LEVEL) {
            String difference = String.format(
                    Locale.ROOT, " than linear probing by %.1f points (%s)", 100.0 * Math.abs(ahead) / test, p(paired));
            return ahead > 0
                    ? new Verdict(Kind.BETTER, "better" + difference, Optional.empty())
                    : new Verdict(Kind.WORSE, "worse" + difference, Optional.of(next(run)));
        }
        String images = Math.abs(ahead) + " of " + Figures.count(test, "image");
        if (ahead > 1) {
            return new Verdict(
                    Kind.SIMILAR,
                    "ahead of linear probing by " + images + ", but within noise (" + p(paired) + ")",
                    Optional.of("more test images or search.repeats, which may tell them apart"));
        }
        String lead = ahead == 0
                ? "the same accuracy on " + Figures.count(test, "image")
                : (ahead < 0 ? "ahead by " : "behind by ") + images;
        return new Verdict(
                Kind.SIMILAR,
                "linear probing is as good here (" + lead + (ahead == 0 ? ")" : ", within noise)"),
                Optional.of(next(run)));
    }

    private static String next(RunRecord run) {
        return (run.search().isEmpty() ? "a search over train.learningRate" : "another method")
                + ", more train.epochs or images";
    }

    private static String p(PairedTest paired) {
        double p = paired.p();
        return p < 1e-4 ? "p < 0.0001" : String.format(Locale.ROOT, p < 0.01 ? "p = %.4f" : "p = %.2f", p);
    }

    private static String percent(double fraction) {
        return String.format(Locale.ROOT, "%.1f %%", 100 * fraction);
    }
}
