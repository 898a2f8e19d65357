package dev.inlay.interop;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.inlay.data.LabelSpace;
import dev.inlay.data.transform.ImageTransform;
import dev.inlay.error.DataException;
import dev.inlay.error.JsonFault;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What an adapter of PEFT has no place for, in the metadata of its tensors, so that a task comes back as it was.
 *
 * @param classNames by label
 * @param transform null if the task has none
 * @param temperature null if the task has none
 * @param labels what they are; null where each image has one class. Numbers are those of the head, not standardised
 * @param thresholds of sets of classes; else null
 * @param ranks for a module that is query, key and value in one: the rank of each, 0 for one that is not tuned; where it
 *     has none, the three share one A
 */
record TaskNotes(
        List<String> classNames,
        @JsonInclude(JsonInclude.Include.NON_NULL) ImageTransform transform,
        @JsonInclude(JsonInclude.Include.NON_NULL) Double temperature,
        @JsonInclude(JsonInclude.Include.NON_NULL) LabelSpace.Kind labels,
        @JsonInclude(JsonInclude.Include.NON_NULL) List<Double> thresholds,
        Map<String, List<Integer>> ranks) {
    static final String KEY = "inlay";

    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(SerializationFeature.WRITE_ENUMS_USING_TO_STRING)
            .enable(DeserializationFeature.READ_ENUMS_USING_TO_STRING)
            .build();

    TaskNotes {
        classNames = List.copyOf(classNames);
        ranks = Map.copyOf(ranks);
    }

    /**
     * How the outputs of the head are read.
     *
     * @param names of the outputs
     */
    LabelSpace labels(List<String> names) {
        return switch (labels == null ? LabelSpace.Kind.SINGLE : labels) {
            case SINGLE -> LabelSpace.oneOf(names);
            case MULTI ->
                thresholds == null || thresholds.size() != names.size()
                        ? LabelSpace.setOf(names)
                        : new LabelSpace.ClassSet(names, thresholds);
            case NUMBERS -> LabelSpace.numbers(names, List.of());
            case MASKS -> new LabelSpace.PixelClasses(names);
        };
    }

    String json() {
        try {
            return JSON.writeValueAsString(this);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * @param metadata of the tensors' file
     * @throws DataException if the notes are damaged
     */
    static Optional<TaskNotes> in(Map<String, String> metadata, String source) {
        String text = metadata.get(KEY);
        if (text == null) {
            return Optional.empty();
        }
        try {
            return Optional.ofNullable(JSON.readValue(text, TaskNotes.class));
        } catch (JsonProcessingException e) {
            throw new DataException(
                    JsonFault.in(source + ": metadata '" + KEY + "'", "notes on a task", e)
                            + "; remove it, or export the task again",
                    e);
        }
    }
}
