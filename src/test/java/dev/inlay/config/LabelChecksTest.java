package dev.inlay.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.inlay.data.LabelSpace.Kind;
import dev.inlay.error.ConfigException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code data.labels}: what goes with it and what does not. */
class LabelChecksTest {
    private static RunConfig read(String yaml) {
        return RunConfig.parse(yaml, Path.of("").toAbsolutePath(), List.of());
    }

    @Test
    void isOneClassUnlessSaidAndThenNotInTheStoredConfig() {
        RunConfig config = read("data: {type: csv, file: f.csv}");
        assertThat(config.data().labels().kind()).isEqualTo(Kind.SINGLE);
        assertThat(config.settings().json()).doesNotContain("\"labels\"", "labelColumns", "labelSeparator");
        RunConfig multi = read("data: {type: csv, file: f.csv, labels: multi, labelSeparator: space}");
        assertThat(multi.data().labels().separator()).isEqualTo(" ");
        assertThat(read(multi.settings().json()).data().labels())
                .isEqualTo(multi.data().labels());
        assertThat(read("data: {type: csv, file: f.csv, labels: numbers, labelColumns: [a, b]}")
                        .data()
                        .labels()
                        .names())
                .containsExactly("a", "b");
    }

    @ParameterizedTest
    @ValueSource(strings = {"type: folder, root: r", "type: vtab, root: r", "type: tensors, train: t"})
    void sourcesOfSingleClassesRefuseOthers(String source) {
        for (String labels : List.of("multi", "numbers")) {
            assertThatThrownBy(() -> read("data: {" + source + ", labels: " + labels + "}"))
                    .isInstanceOf(ConfigException.class)
                    .hasMessageContaining("data.labels")
                    .hasMessageContaining("use data.type: csv or json");
        }
    }

    @Test
    void builtInTasksRefuseLabelsThatTheyHaveNot() {
        assertThatThrownBy(() -> read("data: {task: shape, labels: numbers}"))
                .hasMessageContaining("the built-in task shape has no labels that are numbers; those that have: count,"
                        + " distance, position");
        assertThatThrownBy(() -> read("data: {task: position, labels: multi}"))
                .hasMessageContaining("those that have: count");
    }

    @Test
    void whatIsDefinedForOneClassIsRefusedAllAtOnce() {
        assertThatThrownBy(
                        () -> read(
                                """
                                data: {type: csv, file: f, labels: numbers, split: {stratify: true, folds: 3}}
                                method: {type: spt, firstBlock: auto}
                                train: {classWeights: balanced, calibrate: true, labelSmoothing: 0.1, mixup: 0.2}
                                """))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("data.split.stratify")
                .hasMessageContaining("data.split.folds")
                .hasMessageContaining("method.firstBlock")
                .hasMessageContaining("train.classWeights")
                .hasMessageContaining("train.calibrate")
                .hasMessageContaining("train.labelSmoothing")
                .hasMessageContaining("train.mixup");
        assertThatThrownBy(() -> read("{data: {task: count, labels: multi}, train: {sampling: balanced}}"))
                .hasMessageContaining("balanced draws images by their one class");
        assertThat(read("{data: {task: count, labels: multi}, train: {mixup: 0.2, labelSmoothing: 0.1}}")
                        .train()
                        .labelSmoothing())
                .isEqualTo(0.1);
    }

    @Test
    void masksHaveWeightsOfTheirClassesAndDiceAndRefuseWhatIsForOneClass() {
        String masks = "data: {task: segmentation, labels: masks, augment: {flip: true}}";
        assertThat(read("{" + masks + ", head: setrPup, train: {classWeights: balanced, dice: 0.5}}")
                        .train()
                        .dice())
                .isEqualTo(0.5);
        assertThatThrownBy(() -> read("{" + masks + ", train: {sampling: balanced, calibrate: true, cutmix: 1}}"))
                .hasMessageContaining("train.sampling")
                .hasMessageContaining("train.calibrate")
                .hasMessageContaining("train.cutmix");
        assertThatThrownBy(() -> read("{" + masks + ", method: {type: mlpHead}}"))
                .hasMessageContaining("method.type")
                .hasMessageContaining("mlpHead has a head for whole images");
        assertThatThrownBy(() -> read("{data: {task: count}, head: linear, train: {dice: 1}}"))
                .hasMessageContaining("head (line 1): is what gives every pixel a class, and data.labels is single")
                .hasMessageContaining("train.dice (line 1): compares the pixels of masks, and data.labels is single");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "type: csv, file: f, labelColumns: [a]; data.labelColumns",
                "type: csv, file: f, labels: multi, labelColumns: [a, a]; expected each column once",
                "type: csv, file: f, labels: numbers, labelSeparator: '|'; data.labelSeparator",
                "type: csv, file: f, labels: multi, labelColumns: [a], labelSeparator: '|'; data.labelSeparator",
                "type: csv, file: f, labels: classes; data.labels"
            })
    void keysThatDoNothingAreRefused(String data, String message) {
        assertThatThrownBy(() -> read("data: {" + data + "}"))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(message);
    }
}
