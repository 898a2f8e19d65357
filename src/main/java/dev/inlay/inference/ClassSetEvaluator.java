package dev.inlay.inference;

import dev.inlay.data.LabelSpace;
import dev.inlay.data.LabelSpace.ClassSet;
import dev.inlay.error.DataException;
import dev.inlay.record.LabelQuality;
import dev.inlay.record.MultiLabelQuality;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.stream.IntStream;

/** Evaluates labels that are sets of classes: average precision of every class, and F1 at its threshold. */
public final class ClassSetEvaluator implements Evaluator {
    private final ClassSet labels;
    private final Outputs gathered;

    /**
     * An evaluator at the thresholds of the labels.
     */
    public ClassSetEvaluator(ClassSet labels) {
        this.labels = labels;
        this.gathered = new Outputs(labels.names());
    }

    @Override
    public void add(float[] outputs, float[] targets) {
        gathered.add(outputs, targets);
    }

    @Override
    public QualityEvaluation result() {
        int examples = gathered.examples();
        List<LabelQuality> perLabel = new ArrayList<>();
        long allRight = 0;
        long allSaid = 0;
        long allHaving = 0;
        for (int c = 0; c < labels.size(); c++) {
            boolean[] has = gathered.has(c);
            RankedExamples ranked = RankedExamples.of(gathered.column(c), has);
            boolean[] said = said(c);
            long right =
                    IntStream.range(0, examples).filter(i -> said[i] && has[i]).count();
            long saying = IntStream.range(0, examples).filter(i -> said[i]).count();
            OptionalDouble average = ranked.averagePrecision();
            perLabel.add(new LabelQuality(
                    labels.names().get(c),
                    ranked.support(),
                    average.isPresent() ? average.getAsDouble() : null,
                    labels.thresholds().get(c),
                    share(right, saying),
                    share(right, ranked.support()),
                    share(2 * right, saying + ranked.support())));
            allRight += right;
            allSaid += saying;
            allHaving += ranked.support();
        }
        double loss = crossEntropy();
        return new QualityEvaluation(
                new MultiLabelQuality(
                        perLabel.stream()
                                .map(LabelQuality::averagePrecision)
                                .filter(Objects::nonNull)
                                .mapToDouble(Double::doubleValue)
                                .average()
                                .orElseThrow(() -> new DataException("nothing to evaluate: no image has any of the"
                                        + " classes, of which a mean average precision needs at least one")),
                        share(2 * allRight, allSaid + allHaving),
                        perLabel.stream()
                                .mapToDouble(LabelQuality::f1)
                                .average()
                                .orElseThrow(),
                        loss,
                        examples,
                        perLabel),
                loss);
    }

    private boolean[] said(int c) {
        boolean[] said = new boolean[gathered.examples()];
        for (int i = 0; i < said.length; i++) {
            said[i] = labels.probability(gathered.outputs(i)[c])
                    >= labels.thresholds().get(c);
        }
        return said;
    }

    private static double share(long part, long whole) {
        return whole == 0 ? 0 : (double) part / whole;
    }

    /** The mean over examples and classes of log(1 + eˣ) − y x. */
    private double crossEntropy() {
        double sum = 0;
        for (int i = 0; i < gathered.examples(); i++) {
            float[] logits = gathered.outputs(i);
            for (int c = 0; c < logits.length; c++) {
                double logit = logits[c];
                sum += Math.max(logit, 0) + Math.log1p(Math.exp(-Math.abs(logit))) - gathered.target(i, c) * logit;
            }
        }
        return sum / gathered.examples() / labels.size();
    }

    /** The same classes with the thresholds that are best for F1 on what was added; that of a class nothing has is 0.5. */
    public ClassSet fitted() {
        List<Double> thresholds = new ArrayList<>();
        for (int c = 0; c < labels.size(); c++) {
            double[] probabilities = new double[gathered.examples()];
            for (int i = 0; i < probabilities.length; i++) {
                probabilities[i] = labels.probability(gathered.outputs(i)[c]);
            }
            thresholds.add(RankedExamples.of(probabilities, gathered.has(c)).bestThreshold(LabelSpace.HALF));
        }
        return new ClassSet(labels.names(), thresholds);
    }
}
