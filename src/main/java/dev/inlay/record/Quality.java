package dev.inlay.record;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** How good a model is on one split, by the kind of its labels; in files, the keys tell which. */
@JsonTypeInfo(use = JsonTypeInfo.Id.DEDUCTION)
@JsonSubTypes({
    @JsonSubTypes.Type(Accuracy.class),
    @JsonSubTypes.Type(MultiLabelQuality.class),
    @JsonSubTypes.Type(RegressionQuality.class),
    @JsonSubTypes.Type(MaskQuality.class)
})
public sealed interface Quality permits Accuracy, MultiLabelQuality, RegressionQuality, MaskQuality {
    /** The one number in which models, epochs and settings are compared, the higher the better; at most 1. */
    @JsonIgnore
    double score();

    /** What people call {@link #score}, such as {@code accuracy}. */
    @JsonIgnore
    String scoreName();

    /** Returns the 95 % interval of {@link #score}; empty where none is known. */
    default Optional<Interval> interval() {
        return Optional.empty();
    }

    /** Returns the numbers that a task keeps and observers are told, by name. */
    Map<String, Double> figures();

    /** Returns {@link #figures} as trackers of experiments spell their names: {@code mean_per_class}. */
    default Map<String, Double> snakeCase() {
        Map<String, Double> named = new LinkedHashMap<>();
        figures()
                .forEach((name, value) ->
                        named.put(name.replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT), value));
        return named;
    }

    /** How many examples the numbers rest on. */
    long examples();
}
