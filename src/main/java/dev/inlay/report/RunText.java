package dev.inlay.report;

import dev.inlay.record.Accuracy;
import dev.inlay.record.ClassCount;
import dev.inlay.record.DataRecord;
import dev.inlay.record.RunRecord;
import dev.inlay.record.SearchTrial;
import dev.inlay.record.TrainableParameters;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** A run's result as text, for the terminal and the log. */
public final class RunText {
    /** The label of the verdict. */
    public static final String VERDICT = "verdict";

    private RunText() {}

    /** Returns the result as labels with their text, in order. */
    public static Map<String, String> lines(RunRecord run) {
        Map<String, String> lines = new LinkedHashMap<>();
        lines.put(score(run), accuracy(run));
        if (!(run.test() instanceof Accuracy)) {
            lines.put("in all", QualityTable.of(run.test()).summary());
        }
        run.test().interval().ifPresent(interval -> lines.put("95 % interval", plain(Figures.interval(interval))));
        if (run.calibration() != null && run.calibration().errorAtOne() != null) {
            lines.put(
                    "calibration",
                    "ECE " + plain(Figures.percent(run.calibration().error())) + "   ("
                            + EvaluationText.temperature(run.calibration()) + ")");
        }
        if (!run.members().isEmpty()) {
            lines.put(
                    "each member",
                    run.members().stream()
                            .map(member -> plain(Figures.percent(member.test().score())))
                            .collect(Collectors.joining(", ")));
        }
        if (!run.folds().isEmpty()) {
            lines.put("each fold", plain(HeadlineSection.folds(run)).replaceFirst("\\.$", ""));
        }
        if (!run.repeats().isEmpty()) {
            lines.put("repeated", plain(HeadlineSection.spread(run)).replaceFirst("\\.$", ""));
        }
        Verdict.of(run).ifPresent(verdict -> {
            lines.put(VERDICT, verdict.sentence());
            verdict.advice().ifPresent(advice -> lines.put("to try", advice));
        });
        run.chosenTrial()
                .ifPresent(best -> lines.put("chosen", chosen(best, run.search().size())));
        if (run.data() != null && !run.data().perClass().isEmpty()) {
            lines.put("images", images(run.data(), run.folds().isEmpty() ? "" : " in each run"));
        }
        lines.put("trained", trained(run));
        return lines;
    }

    /** Returns the label of the result, such as {@code test accuracy}. */
    public static String score(RunRecord run) {
        return "test " + run.test().scoreName();
    }

    private static String accuracy(RunRecord run) {
        StringBuilder beside = new StringBuilder();
        if (run.linear() != null) {
            beside.append(run.linearName())
                    .append(' ')
                    .append(plain(Figures.percent(run.linear().test().score())));
        }
        if (run.data() != null && run.data().chance() != null) {
            beside.append(beside.isEmpty() ? "" : ", ")
                    .append("chance ")
                    .append(plain(Figures.percent(run.data().chance())));
        }
        return plain(Figures.percent(run.test().score())) + (beside.isEmpty() ? "" : "   (" + beside + ")");
    }

    private static String chosen(SearchTrial best, int trials) {
        String settings = best.settings().entrySet().stream()
                .map(setting -> setting.getKey() + "=" + setting.getValue())
                .collect(Collectors.joining(" "));
        return settings + "   (best of " + Figures.count(trials, "trial") + ", validation "
                + plain(Figures.percent(best.validationTop1())) + ")";
    }

    private static String images(DataRecord data, String where) {
        Comparator<ClassCount> byImages = Comparator.comparingLong(ClassCount::train);
        ClassCount least = data.perClass().stream().min(byImages).orElseThrow();
        ClassCount most = data.perClass().stream().max(byImages).orElseThrow();
        String ofClass = least.train() == most.train()
                ? Figures.count(least.train()) + " of each class"
                : Figures.count(least.train()) + " of " + least.name() + " to " + Figures.count(most.train()) + " of "
                        + most.name();
        return String.format(
                Locale.ROOT,
                "%,d to train on%s (%s), %,d for validation, %,d to test on",
                data.train(),
                where,
                ofClass,
                data.validation(),
                data.test());
    }

    private static String trained(RunRecord run) {
        TrainableParameters trained = run.trainableParameters();
        return String.format(
                Locale.ROOT,
                "%,d of %,d weights (%.2f %%), and a head of %,d",
                trained.withoutHead(),
                run.backboneParameters(),
                100.0 * trained.withoutHead() / run.backboneParameters(),
                trained.head());
    }

    /** Terminals and what searches their text have plain spaces. */
    private static String plain(String figure) {
        return figure.replace('\u00a0', ' ');
    }
}
