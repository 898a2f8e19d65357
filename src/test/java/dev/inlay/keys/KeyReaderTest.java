package dev.inlay.keys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.inlay.error.DataException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** One object read under both policies and in every notation. */
class KeyReaderTest {
    private static final String WRONG =
            "{'rank': 0, 'rate': 'much', 'flag': 1, 'names': ['a', 7], 'below': {'size': -1, 'colour': 'red'}}";

    private enum Size {
        VERY_SMALL,
        LARGE
    }

    private static ObjectNode json(String text) {
        try {
            return (ObjectNode) JsonMapper.builder().build().readTree(text.replace('\'', '"'));
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(e);
        }
    }

    @Test
    void collectedProblemsAreAllToldAndReadingGoesOnWithDefaults() {
        List<String> problems = new ArrayList<>();
        KeyReader reader =
                new KeyReader(Notation.JSON, "", json(WRONG), (key, message) -> problems.add(key + ": " + message));
        assertThat(reader.integer("rank", 8, 1, 9)).isEqualTo(8);
        assertThat(reader.number("rate", 0.5, 0, 1)).isEqualTo(0.5);
        assertThat(reader.flag("flag", true)).isTrue();
        assertThat(reader.texts("names", List.of())).containsExactly("a");
        assertThat(reader.choice("absent", Size.LARGE)).isEqualTo(Size.LARGE);
        KeyReader below = reader.object("below", "size", "form");
        assertThat(below.whole("size", 0, Long.MAX_VALUE)).isZero();
        reader.end();
        assertThat(problems)
                .containsExactly(
                        "rank: expected a whole number from 1 to 9, found 0",
                        "rate: expected a number from 0.0 to 1.0, found \"much\"",
                        "flag: expected true or false, found 1",
                        "names[1]: expected text, found 7",
                        "below.colour: unknown key; known here: size, form",
                        "below.form: missing",
                        "below.size: expected a whole number of at least 0, found -1");
    }

    @Test
    void aRefusingReaderThrowsTheFirstProblem() {
        KeyReader reader = KeyReader.of("task.bin", json(WRONG));
        assertThatThrownBy(() -> reader.integer("rank", 8, 1, 9))
                .isInstanceOf(DataException.class)
                .hasMessage("task.bin: key 'rank': expected a whole number from 1 to 9, found 0");
        assertThatThrownBy(() -> reader.object("below", "size", "color"))
                .hasMessage("task.bin: unknown key 'below.colour'; allowed here: size, color; did you mean color?");
        assertThatThrownBy(() -> reader.object("below", "size", "colour", "form"))
                .hasMessage("task.bin: key 'below.form' is missing");
        assertThatThrownBy(reader::end)
                .hasMessageStartingWith("task.bin: unknown key 'rate'; allowed here: rank, below");
        assertThatThrownBy(() -> KeyReader.of("task.bin", json(WRONG).get("rank")))
                .hasMessage("task.bin: expected a JSON object, found 0");
    }

    @Test
    void aConstantIsFoundByItsWordInSettingsAndByItsLabelInFiles() {
        KeyReader reader = KeyReader.of("file", json("{'a': 'verySmall', 'b': 'very-small', 'c': 'verysmall'}"));
        assertThat(reader.choice("a", Size.LARGE)).isEqualTo(Size.VERY_SMALL);
        assertThat(reader.choice("b", Size.values())).isEqualTo(Size.VERY_SMALL);
        assertThatThrownBy(() -> reader.choice("c", Size.LARGE))
                .hasMessage(
                        "file: key 'c': expected one of verySmall, large, found \"verysmall\"; did you mean verySmall?");
    }

    @ParameterizedTest
    @CsvSource({
        "JSON, 8, 8", "JSON, 8.0, -1", "JSON, '\"8\"', -1", "JSON, null, -1", "JSON, 1e30, -1",
        "FOREIGN_JSON, 8, 8", "FOREIGN_JSON, 8.0, 8", "FOREIGN_JSON, 8.5, -1", "FOREIGN_JSON, null, 3",
                "FOREIGN_JSON, 1e999, -1",
        "YAML, 8, 8", "YAML, '\"8e0\"', 8", "YAML, '\"eight\"', -1", "YAML, null, 3", "YAML, '\"1e999999999\"', -1"
    })
    void aNotationSaysWhatAWholeNumberIs(Notation notation, String value, int expected) {
        List<String> problems = new ArrayList<>();
        KeyReader reader =
                new KeyReader(notation, "", json("{'n': " + value + "}"), (key, message) -> problems.add(message));
        int found = reader.integer("n", 3, 0, 100);
        assertThat(problems.isEmpty() ? found : -1).isEqualTo(expected);
    }
}
