package dev.inlay.data.source;

import java.util.function.Function;

/**
 * One data set, divided. Settings are chosen on {@code validation} after learning from {@code train}; the reported
 * numbers come from {@code test} after learning from {@code trainAndValidation}.
 *
 * @param <T> {@link dev.inlay.data.Dataset} or {@link dev.inlay.data.Examples}
 * @param train to learn from while settings are chosen
 * @param validation to choose settings on; may be empty
 * @param trainAndValidation both, to learn from once settings are chosen
 * @param test to report on; may be empty
 */
public record Splits<T>(T train, T validation, T trainAndValidation, T test) {
    /** The same splits of something else. */
    public <R> Splits<R> map(Function<? super T, ? extends R> function) {
        return new Splits<>(
                function.apply(train),
                function.apply(validation),
                function.apply(trainAndValidation),
                function.apply(test));
    }
}
