package dev.inlay.error;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JsonFaultTest {
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    /** Part of what a file may hold. */
    record Sizes(int width, int height) {}

    /** What cannot be made of null. */
    record Names(List<String> names) {
        Names {
            names = List.copyOf(names);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"width\": 8,} | it is no JSON at line 1, column 13 (found '}' where it was expecting double-quote",
                "{\"width\": 1\\n \"b\": 2} | it is no JSON at line 2, column 2 (found '\"' where it was expecting comma",
                "{'a': 1} | it is no JSON at line 1, column 2 (found ''' where it was expecting double-quote",
                "{\"width\": None} | (found None, which is no value; texts are in double quotes)",
                "{\"width\": 1, | it ends too early",
                "{\"width\": 1, \"width\": 2} | the key 'width' is there twice at line 1",
                "{\"width\": \"wide\"} | 'width': expected a whole number, found text",
                "{\"width\": [1]} | 'width': expected a whole number, found a list",
                "{\"width\": {}} | 'width': expected a whole number, found an object",
                "{\"width\": true} | 'width': expected a whole number, found true or false",
                "[1.5] | expected another kind of value, found a list",
                "{\"width\": 1} {} | there is more behind its end",
                "{\"widht\": 1} | unknown key 'widht'; allowed here: height, width; did you mean width?",
            })
    void saysWhereAndWhy(String json, String fault) {
        JsonProcessingException failure = catchThrowableOfType(
                JsonProcessingException.class, () -> JSON.readValue(json.translateEscapes(), Sizes.class));
        assertThat(JsonFault.of(failure))
                .contains(fault.strip())
                .hasLineCount(1)
                .doesNotContain("jackson", "Token");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{} | a key is missing",
                "'' | it is empty",
                "{\"names\": 1} | 'names': expected a list, found a whole number"
            })
    void aDamagedFileIsToldWithWhatWasExpected(String json, String fault) {
        JsonProcessingException failure =
                catchThrowableOfType(JsonProcessingException.class, () -> JSON.readValue(json, Names.class));
        assertThat(JsonFault.in("a.json", "names", failure))
                .isEqualTo("a.json: expected names, found a fault: " + fault);
    }
}
