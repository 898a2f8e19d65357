package dev.inlay.inference;

import dev.inlay.data.LabelSpace.Numbers;
import dev.inlay.record.NumberQuality;
import dev.inlay.record.RegressionQuality;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;

/** Evaluates labels that are numbers: R², mean absolute error and root of the mean squared error of each. */
public final class NumberEvaluator implements Evaluator {
    private final Numbers labels;
    private final Outputs gathered;

    /**
     * An evaluator of outputs that are standardised as the labels say.
     */
    public NumberEvaluator(Numbers labels) {
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
        List<NumberQuality> perNumber = new ArrayList<>();
        double loss = 0;
        for (int k = 0; k < labels.size(); k++) {
            double sum = 0;
            for (int i = 0; i < examples; i++) {
                sum += gathered.target(i, k);
            }
            double mean = sum / examples;
            double absolute = 0;
            double squared = 0;
            double total = 0;
            for (int i = 0; i < examples; i++) {
                double target = gathered.target(i, k);
                double error = target - labels.value(k, gathered.outputs(i)[k]);
                absolute += Math.abs(error);
                squared += error * error;
                total += (target - mean) * (target - mean);
            }
            double deviation = labels.deviations().get(k);
            loss += squared / (deviation * deviation) / examples / labels.size();
            perNumber.add(new NumberQuality(
                    labels.names().get(k), r2(squared, total), absolute / examples, Math.sqrt(squared / examples)));
        }
        return new QualityEvaluation(
                new RegressionQuality(
                        mean(perNumber, NumberQuality::r2),
                        mean(perNumber, NumberQuality::mae),
                        mean(perNumber, NumberQuality::rmse),
                        loss,
                        examples,
                        perNumber),
                loss);
    }

    private static double r2(double squared, double total) {
        if (total == 0) {
            return squared == 0 ? 1 : 0;
        }
        return 1 - squared / total;
    }

    private static double mean(List<NumberQuality> perNumber, ToDoubleFunction<NumberQuality> quantity) {
        return perNumber.stream().mapToDouble(quantity).average().orElseThrow();
    }
}
