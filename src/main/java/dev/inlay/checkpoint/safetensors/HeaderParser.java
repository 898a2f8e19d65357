package dev.inlay.checkpoint.safetensors;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import dev.inlay.error.DataException;
import dev.inlay.error.JsonFault;
import dev.inlay.error.StorageException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** The JSON object at the start of a file, as declared: nothing is compared with the bytes that follow it. */
final class HeaderParser {
    /** A tensor and the range of bytes it claims, relative to the end of the header. */
    record Declared(TensorInfo info, long begin, long end) {}

    static final int MAX_TENSORS = 100_000;

    private static final Pattern CONTROL = Pattern.compile("\\p{Cntrl}");

    private static final JsonFactory JSON = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxStringLength(Header.MAX_BYTES)
                    .maxNameLength(Header.MAX_BYTES)
                    .build())
            .build();

    private final Path file;
    private final Map<String, String> metadata = new LinkedHashMap<>();
    private final List<Declared> tensors = new ArrayList<>();

    HeaderParser(Path file) {
        this.file = file;
    }

    /**
     * @param json the header without its length
     * @throws DataException if it is not UTF-8, not one JSON object, or an entry is not what the format asks for
     */
    void parse(byte[] json) {
        try (Reader text = new InputStreamReader(new ByteArrayInputStream(json), StandardCharsets.UTF_8.newDecoder());
                JsonParser parser = JSON.createParser(text)) {
            expect(parser.nextToken(), JsonToken.START_OBJECT, "header", "a JSON object");
            while (parser.nextToken() != JsonToken.END_OBJECT) {
                String name = parser.currentName();
                parser.nextToken();
                if (name.equals(TensorInfo.METADATA_KEY)) {
                    readMetadata(parser);
                } else {
                    readTensor(parser, name);
                }
            }
            if (parser.nextToken() != null) {
                throw refuse("header", "nothing but spaces after the JSON object", "more JSON");
            }
        } catch (CharacterCodingException e) {
            throw new DataException(file + ": header: expected UTF-8 text, found bytes that are not", e);
        } catch (JsonProcessingException e) {
            throw new DataException(JsonFault.in(file + ": header", "a JSON object", e), e);
        } catch (IOException e) {
            throw new DataException(file + ": header: cannot be read: " + StorageException.reason(e), e);
        }
    }

    /** The string pairs of {@code __metadata__}, in the order of the file. */
    Map<String, String> metadata() {
        return metadata;
    }

    /** The tensors, in the order of the header. */
    List<Declared> tensors() {
        return tensors;
    }

    private void readMetadata(JsonParser parser) throws IOException {
        expect(parser.currentToken(), JsonToken.START_OBJECT, TensorInfo.METADATA_KEY, "an object of strings");
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String key = parser.currentName();
            expect(parser.nextToken(), JsonToken.VALUE_STRING, TensorInfo.METADATA_KEY + " " + quoted(key), "a string");
            metadata.put(key, parser.getText());
        }
    }

    private void readTensor(JsonParser parser, String name) throws IOException {
        String place = "tensor " + quoted(name);
        if (tensors.size() == MAX_TENSORS) {
            throw refuse("header", "at most " + MAX_TENSORS + " tensors", "more");
        }
        expect(parser.currentToken(), JsonToken.START_OBJECT, place, "an object of dtype, shape and data_offsets");
        Dtype dtype = null;
        List<Long> shape = null;
        List<Long> offsets = null;
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String key = parser.currentName();
            parser.nextToken();
            switch (key) {
                case "dtype" -> dtype = readDtype(parser, place);
                case "shape" -> shape = readIntegers(parser, place + ": shape", TensorInfo.MAX_RANK);
                case "data_offsets" -> offsets = readIntegers(parser, place + ": data_offsets", 2);
                default -> throw refuse(place, "only dtype, shape and data_offsets", quoted(key));
            }
        }
        if (dtype == null || shape == null || offsets == null) {
            String missing = dtype == null ? "dtype" : shape == null ? "shape" : "data_offsets";
            throw refuse(place, "dtype, shape and data_offsets", "no " + missing);
        }
        if (offsets.size() != 2) {
            throw refuse(place + ": data_offsets", "a begin and an end", offsets.toString());
        }
        try {
            tensors.add(new Declared(new TensorInfo(name, dtype, shape), offsets.get(0), offsets.get(1)));
        } catch (IllegalArgumentException e) {
            throw new DataException(file + ": " + place + ": " + e.getMessage(), e);
        }
    }

    private Dtype readDtype(JsonParser parser, String place) throws IOException {
        expect(parser.currentToken(), JsonToken.VALUE_STRING, place + ": dtype", "a string");
        String name = parser.getText();
        return Arrays.stream(Dtype.values())
                .filter(dtype -> dtype.name().equals(name))
                .findFirst()
                .orElseThrow(
                        () -> refuse(place + ": dtype", "one of " + Arrays.toString(Dtype.values()), quoted(name)));
    }

    private List<Long> readIntegers(JsonParser parser, String place, int most) throws IOException {
        expect(parser.currentToken(), JsonToken.START_ARRAY, place, "an array of integers");
        List<Long> integers = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            expect(parser.currentToken(), JsonToken.VALUE_NUMBER_INT, place, "integers");
            if (integers.size() == most) {
                throw refuse(place, "at most " + most + " integers", "more");
            }
            if (parser.getNumberType() == JsonParser.NumberType.BIG_INTEGER || parser.getLongValue() < 0) {
                throw refuse(place, "integers from 0 to 2^63 - 1", shortened(parser.getText()));
            }
            integers.add(parser.getLongValue());
        }
        return integers;
    }

    private void expect(JsonToken found, JsonToken wanted, String place, String expected) {
        if (found != wanted) {
            throw refuse(place, expected, found == null ? "the end" : describe(found));
        }
    }

    private static String describe(JsonToken token) {
        return switch (token) {
            case START_OBJECT -> "an object";
            case START_ARRAY -> "an array";
            case VALUE_STRING -> "a string";
            case VALUE_NUMBER_INT -> "an integer";
            case VALUE_NUMBER_FLOAT -> "a fraction";
            case VALUE_TRUE, VALUE_FALSE -> "a boolean";
            case VALUE_NULL -> "null";
            default -> token.toString();
        };
    }

    private DataException refuse(String place, String expected, String found) {
        return new DataException(file + ": " + place + ": expected " + expected + ", found " + found);
    }

    /** A name from the file, fit for one line of a message. */
    static String quoted(String name) {
        return "'" + shortened(CONTROL.matcher(name).replaceAll("?")) + "'";
    }

    private static String shortened(String text) {
        return text.length() <= 120 ? text : text.substring(0, 120) + "…";
    }
}
