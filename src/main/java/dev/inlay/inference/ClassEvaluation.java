package dev.inlay.inference;

import dev.inlay.record.Accuracy;
import dev.inlay.record.CalibrationRecord;
import dev.inlay.record.ConfusionRecord;
import java.util.Arrays;
import java.util.List;

/**
 * The result of evaluating a classifier on labelled examples.
 *
 * @param top1 the part of the examples whose label has the largest logit, in [0, 1]
 * @param top5 the part whose label is among the five largest logits, in [0, 1]; 1 with five classes or fewer
 * @param meanPerClass accuracy per class, averaged over the classes that occur, in [0, 1]
 * @param crossEntropy the mean over the examples, in nats
 * @param confusion labels against predictions
 * @param calibration how far the probabilities can be trusted
 * @param predictions one per example, in the order they were added
 */
public record ClassEvaluation(
        double top1,
        double top5,
        double meanPerClass,
        double crossEntropy,
        ConfusionCounts confusion,
        CalibrationRecord calibration,
        List<EvaluatedExample> predictions)
        implements Evaluation {
    /** Copies the list. */
    public ClassEvaluation {
        predictions = List.copyOf(predictions);
    }

    /** How many examples there were. */
    public int examples() {
        return predictions.size();
    }

    @Override
    public double loss() {
        return crossEntropy;
    }

    @Override
    public Accuracy quality() {
        return new Accuracy(top1, top5, meanPerClass, crossEntropy, examples());
    }

    /**
     * Returns the confusion as it is recorded.
     *
     * @param classNames by label
     */
    public ConfusionRecord confusion(List<String> classNames) {
        return ConfusionRecord.of(
                classNames,
                Arrays.stream(confusion.counts())
                        .map(row -> Arrays.stream(row).asLongStream().toArray())
                        .toArray(long[][]::new));
    }
}
