package dev.inlay.error;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.core.io.JsonEOFException;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonMappingException.Reference;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.fasterxml.jackson.databind.exc.ValueInstantiationException;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What is wrong with a JSON text, in words of the text: Jackson's own messages name its classes and features, which tell nothing to
 * whoever wrote the text.
 */
public final class JsonFault {
    private static final String ANOTHER = "another kind of value";
    private static final Pattern CHARACTER = Pattern.compile(
            "Unexpected character \\(('.'|'\\\\.') \\(code \\d+[^)]*\\)\\):? ?(was expecting [^\\n]{1,80})?");
    private static final Pattern TOKEN = Pattern.compile("Unrecognized token '(\\w{1,40})'");
    private static final Pattern QUOTED = Pattern.compile("[\"'](.{1,100}?)[\"']", Pattern.DOTALL);
    private static final Pattern KNOWN =
            Pattern.compile("(?:accepted for Enum class: |known type ids = )\\[([^\\]]{1,1000})\\]");
    private static final Pattern FOUND = Pattern.compile("from (Object|Array|String|Integer|Floating-point|Boolean) ");
    private static final Map<String, String> KINDS = Map.of(
            "Object", "an object",
            "Array", "a list",
            "String", "text",
            "Integer", "a whole number",
            "Floating-point", "a number",
            "Boolean", "true or false");
    private static final Pattern NUMBER = Pattern.compile("allowed \\((\\d+)");

    private JsonFault() {}

    /**
     * What is to be said of a damaged file.
     *
     * @param source the file, and the place in it where it holds more than one text
     * @param expected what should be there, such as {@code a plan in JSON}
     * @param e what the text came to
     * @return such as {@code plan.json: expected a plan in JSON, found a fault: it ends too early at line 1, column 18}; what to do about
     *     it may follow
     */
    public static String in(String source, String expected, JsonProcessingException e) {
        return source + ": expected " + expected + ", found a fault: " + of(e);
    }

    /** The fault and its place, without a full stop. */
    public static String of(JsonProcessingException e) {
        if (e instanceof StreamConstraintsException) {
            return excess(e.getOriginalMessage());
        }
        return e instanceof JsonMappingException unmapped
                ? unfit(unmapped)
                : unparsed(e) + place(e.getLocation()) + met(e);
    }

    private static String unparsed(JsonProcessingException e) {
        String said = e.getOriginalMessage();
        if (e instanceof JsonEOFException || said.startsWith("Unexpected end-of-input")) {
            return "it ends too early";
        }
        if (said.startsWith("Duplicate ")) {
            return "the key " + quoted(said) + " is there twice";
        }
        return e instanceof JsonParseException ? "it is no JSON" : "it cannot be read";
    }

    /** What the parser met and what it looked for. */
    private static String met(JsonProcessingException e) {
        String said = e.getOriginalMessage();
        Matcher character = CHARACTER.matcher(said);
        if (character.find()) {
            String wanted = character.group(2) == null ? "" : " where it " + character.group(2);
            return " (found " + character.group(1) + wanted + ")";
        }
        Matcher token = TOKEN.matcher(said);
        return token.find() ? " (found " + token.group(1) + ", which is no value; texts are in double quotes)" : "";
    }

    private static String excess(String said) {
        Matcher number = NUMBER.matcher(said);
        String most = number.find() ? number.group(1) : "";
        String what = said.toLowerCase(Locale.ROOT);
        if (what.contains("nesting depth")) {
            return "it is nested deeper than " + most;
        } else if (what.contains("token count")) {
            return "it has more than " + most + " values and keys";
        } else if (what.contains("number")) {
            return "a number is longer than " + most + " digits";
        }
        return "a text is longer than " + most + " characters";
    }

    private static String unfit(JsonMappingException e) {
        String key = key(e.getPath());
        if (e instanceof UnrecognizedPropertyException unknown) {
            List<String> known = unknown.getKnownPropertyIds().stream()
                    .map(Object::toString)
                    .sorted()
                    .toList();
            return "unknown key '" + key + "'; allowed here: " + String.join(", ", known)
                    + Spelling.hint(unknown.getPropertyName(), known);
        }
        String at = key.isEmpty() ? "" : "'" + key + "': ";
        if (e instanceof ValueInstantiationException refused && refused.getCause() != null) {
            boolean lacks = refused.getCause() instanceof NullPointerException;
            return at + (lacks ? "a key is missing" : refused.getCause().getMessage());
        }
        String said = e.getOriginalMessage();
        Matcher known = KNOWN.matcher(said);
        if (said.contains("missing type id property")) {
            return at + "the key " + quoted(said.substring(said.indexOf("missing"))) + " is missing";
        } else if (said.contains("issing") && said.contains("creator property")) {
            return "the key '" + key + "' is missing";
        } else if (said.startsWith("Trailing token")) {
            return "there is more behind its end";
        } else if (said.startsWith("No content")) {
            return "it is empty";
        } else if (known.find()) {
            return at + "expected one of " + known.group(1);
        }
        return at + "expected " + (e instanceof MismatchedInputException other ? kind(other.getTargetType()) : ANOTHER)
                + found(said);
    }

    private static String found(String said) {
        if (said.startsWith("Cannot map `null`")) {
            return ", found none";
        }
        Matcher found = FOUND.matcher(said);
        return found.find() ? ", found " + KINDS.get(found.group(1)) : "";
    }

    private static String kind(Class<?> type) {
        if (type == null) {
            return ANOTHER;
        } else if (type == int.class || type == long.class || type == Integer.class || type == Long.class) {
            return "a whole number";
        } else if (type == double.class || type == float.class || Number.class.isAssignableFrom(type)) {
            return "a number";
        } else if (type == boolean.class || type == Boolean.class) {
            return "true or false";
        } else if (type == String.class) {
            return "text";
        }
        return Collection.class.isAssignableFrom(type) ? "a list" : ANOTHER;
    }

    private static String key(List<Reference> path) {
        StringBuilder key = new StringBuilder();
        for (Reference step : path) {
            if (step.getFieldName() != null) {
                key.append(key.isEmpty() ? "" : ".").append(step.getFieldName());
            } else if (step.getIndex() >= 0) {
                key.append('[').append(step.getIndex()).append(']');
            }
        }
        return key.toString();
    }

    private static String quoted(String said) {
        Matcher name = QUOTED.matcher(said);
        return name.find() ? "'" + name.group(1) + "'" : "of one name";
    }

    private static String place(JsonLocation location) {
        return location == null || location.getLineNr() < 1
                ? ""
                : " at line " + location.getLineNr() + ", column " + location.getColumnNr();
    }
}
