package dev.inlay.record;

import java.util.List;
import java.util.Objects;

/**
 * One of several members that predict together.
 *
 * @param method that it is tuned by
 * @param seed of its training
 * @param test accuracy on the test split, of the member alone
 * @param trainableParameters how many of its numbers were trained
 * @param selection what the validation split decided about its training; null where it decided nothing
 * @param curves one entry per epoch
 */
public record MemberRecord(
        String method,
        long seed,
        Quality test,
        TrainableParameters trainableParameters,
        SelectionRecord selection,
        List<EpochRecord> curves) {
    /** Copies the list; null stands for an empty one. */
    public MemberRecord {
        Objects.requireNonNull(method, "method");
        Objects.requireNonNull(test, "test");
        Objects.requireNonNull(trainableParameters, "trainableParameters");
        curves = curves == null ? List.of() : List.copyOf(curves);
    }
}
