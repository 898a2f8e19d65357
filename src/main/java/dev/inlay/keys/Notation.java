package dev.inlay.keys;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.util.Optional;

/** Who wrote an object, and so what counts as a value of a type and what a value is called in messages. */
public enum Notation {
    /** JSON of Inlay's own: every value is of its own type, and null is one. */
    JSON,
    /** JSON of another program: null stands for a key that is not there, and 8.0 is a whole number. */
    FOREIGN_JSON,
    /** YAML by hand: null stands for a key that is not there, and numbers and words are told by how they look. */
    YAML;

    private static final int MAX = 120;
    private static final int MAX_WORDS = 80;

    /** Whether a key is not there. */
    boolean isAbsent(JsonNode value) {
        return value == null || this != JSON && value.isNull();
    }

    Optional<Long> whole(JsonNode value) {
        return switch (this) {
            case JSON -> Optional.of(value).filter(JsonNode::isIntegralNumber).flatMap(Notation::exact);
            case FOREIGN_JSON -> Optional.of(value).filter(JsonNode::isNumber).flatMap(Notation::exact);
            case YAML -> decimal(value).flatMap(Notation::exact);
        };
    }

    private static Optional<Long> exact(JsonNode number) {
        return number.canConvertToExactIntegral() && number.canConvertToLong()
                ? Optional.of(number.longValue())
                : Optional.empty();
    }

    private static Optional<Long> exact(BigDecimal number) {
        try {
            return Optional.of(number.longValueExact());
        } catch (ArithmeticException e) {
            return Optional.empty();
        }
    }

    Optional<Double> number(JsonNode value) {
        return this == YAML
                ? decimal(value).map(BigDecimal::doubleValue)
                : Optional.of(value).filter(JsonNode::isNumber).map(JsonNode::doubleValue);
    }

    /** YAML 1.1 reads {@code 1e-3} as text, so text is given the chance to be a number. */
    private static Optional<BigDecimal> decimal(JsonNode value) {
        if (!value.isNumber() && !value.isTextual()) {
            return Optional.empty();
        }
        try {
            return Optional.of(new BigDecimal(value.asText().strip()));
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }

    Optional<String> text(JsonNode value) {
        return this == YAML
                ? Optional.of(value)
                        .filter(JsonNode::isValueNode)
                        .map(JsonNode::asText)
                        .filter(text -> !text.isBlank())
                : Optional.of(value).filter(JsonNode::isTextual).map(JsonNode::textValue);
    }

    /** What an object is called. */
    String object() {
        return this == YAML ? "a section (keys and values below it)" : "an object";
    }

    /** What a list of objects is called. */
    String objects() {
        return this == YAML ? "a list of sections" : "a list of objects";
    }

    /** What a person calls a value. */
    public String describe(JsonNode value) {
        if (value.isObject()) {
            return this == YAML ? "a section" : "an object";
        }
        if (value.isArray()) {
            return "a list";
        }
        if (value.isMissingNode()) {
            return "nothing";
        }
        if (this != YAML) {
            return shortened(value.toString());
        }
        String text = value.asText().replaceAll("\\s+", " ");
        return text.isBlank() ? "nothing" : shortened(text, MAX_WORDS);
    }

    /** A text of a file, fit for one line of a message. */
    public static String shortened(String text) {
        return shortened(text, MAX);
    }

    private static String shortened(String text, int longest) {
        return text.length() <= longest ? text : text.substring(0, longest) + "…";
    }
}
