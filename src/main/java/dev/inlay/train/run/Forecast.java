package dev.inlay.train.run;

import dev.inlay.data.source.Splits;
import dev.inlay.record.Phase;
import dev.inlay.record.TrainableParameters;
import java.util.List;
import java.util.OptionalLong;
import java.util.SortedMap;

/**
 * What a run would take, from two steps of it.
 *
 * @param backboneParameters of the frozen network
 * @param trainable what the run would train; of a plan, as one batch of scores makes it
 * @param sizes images of each split
 * @param classes how many
 * @param batch images of a step that was measured
 * @param stepSeconds of a step of the optimiser, with all batches it accumulates
 * @param seconds by phase, as far as known, if every epoch is trained; without the choice of {@code method.firstBlock: auto}
 * @param peakResidentBytes the most memory the process would hold; empty where the system does not tell
 * @param warnings what was found and is not used, and what a reader should know of the classes; a sentence each
 */
public record Forecast(
        long backboneParameters,
        TrainableParameters trainable,
        Splits<Integer> sizes,
        int classes,
        int batch,
        double stepSeconds,
        SortedMap<Phase, Double> seconds,
        OptionalLong peakResidentBytes,
        List<String> warnings) {
    /** Returns the time of all phases, in seconds. */
    public double totalSeconds() {
        return seconds.values().stream().mapToDouble(Double::doubleValue).sum();
    }
}
