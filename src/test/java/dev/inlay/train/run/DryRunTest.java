package dev.inlay.train.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.inlay.Inlay;
import dev.inlay.config.RunConfig;
import dev.inlay.error.ConfigException;
import dev.inlay.record.Phase;
import dev.inlay.record.RunRecord;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a run would take, without running it. */
class DryRunTest {
    private static final String CONFIG =
            """
            threads: 1
            backbone: {name: builtin}
            data: {type: builtin, task: orientation, train: 96, validation: 32, test: 48, workers: 1}
            train: {epochs: 2, batchSize: 16}
            """;

    @TempDir
    private Path folder;

    private RunConfig config(String... overrides) {
        return RunConfig.parse(CONFIG, folder, List.of(overrides));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "method={type: lora, rank: 2}",
                "method={type: linear}",
                "method={type: prompt, depth: deep, tokens: 2}",
                "method={type: lora, rank: 2, operations: [attn.q], blocks: [2, 3]}",
            })
    void countsTheParametersThatARunTrains(String method) {
        Forecast forecast = DryRun.of(config(method));
        RunRecord record = Inlay.tune(config(method), folder.resolve("run"));
        assertThat(forecast.trainable()).isEqualTo(record.trainableParameters());
        assertThat(forecast.backboneParameters()).isEqualTo(record.backboneParameters());
        assertThat(forecast.seconds().keySet())
                .containsAll(List.of(Phase.LOAD, Phase.PROBE, Phase.TRAIN, Phase.EVALUATION, Phase.REPORT));
        assertThat(forecast.seconds().containsKey(Phase.FROZEN))
                .isEqualTo(record.seconds().containsKey(Phase.FROZEN));
        assertThat(forecast.totalSeconds()).isPositive();
    }

    @Test
    void warnsOfFewImagesOfAClassAsARunDoes() {
        String few = "data={type: builtin, task: orientation, train: 32, validation: 8, test: 16}";
        List<String> warnings = DryRun.of(config("method={type: linear}", few)).warnings();
        assertThat(warnings).anyMatch(warning -> warning.contains("classes with fewer than 5 training images"));
        assertThat(Inlay.tune(config("method={type: linear}", few), folder.resolve("run"))
                        .warnings())
                .containsAll(warnings);
        assertThat(DryRun.of(config("method={type: linear}")).warnings()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"linear", "setrPup"})
    void countsTheParametersAndPhasesOfARunOnMasks(String head) {
        String[] masks = {
            "data={type: builtin, task: segmentation, labels: masks, size: 64, train: 24, validation: 8, test: 8}",
            "head=" + head,
            "method={type: spt, module: lora, rank: 2, budget: 5000}",
            "train={epochs: 1, batchSize: 8}"
        };
        Forecast forecast = DryRun.of(config(masks));
        RunRecord record = Inlay.tune(config(masks), folder.resolve("run"));
        assertThat(forecast.trainable().head())
                .isEqualTo(record.trainableParameters().head());
        assertThat(forecast.trainable().withoutHead()).isBetween(4_000L, 5_000L);
        assertThat(record.trainableParameters().withoutHead()).isBetween(4_000L, 5_000L);
        assertThat(forecast.seconds().keySet())
                .containsAll(List.of(
                        Phase.LOAD, Phase.PROBE, Phase.SENSITIVITY, Phase.TRAIN, Phase.EVALUATION, Phase.REPORT));
        assertThat(forecast.totalSeconds()).isPositive();
        assertThat(forecast.warnings()).isEmpty();
    }

    @Test
    void makesAPlanWithinTheBudgetFromOneBatch() {
        Forecast forecast = DryRun.of(config("method={type: spt, budget: 2%}"));
        assertThat(forecast.trainable().withoutHead())
                .isPositive()
                .isLessThanOrEqualTo(forecast.backboneParameters() / 50);
        assertThat(forecast.seconds()).containsKey(Phase.SENSITIVITY);
        assertThat(forecast.sizes().train()).isEqualTo(96);
        assertThat(forecast.classes()).isEqualTo(8);
        assertThat(forecast.batch()).isBetween(4, 16);
    }

    @Test
    void countsTheTrialsOfASearchAndTheRepeats() {
        Forecast one = DryRun.of(config("method={type: lora, rank: 2}"));
        Forecast many = DryRun.of(config(
                "method={type: lora, rank: 2}", "search.grid={train.learningRate: [1e-3, 2e-3]}", "search.repeats=9"));
        assertThat(one.seconds()).doesNotContainKey(Phase.SEARCH);
        assertThat(many.seconds()).containsKey(Phase.SEARCH);
        assertThat(many.seconds().get(Phase.TRAIN))
                .isGreaterThan(2 * one.seconds().get(Phase.TRAIN));
    }

    @Test
    void refusesWhatARunRefuses() {
        assertThatThrownBy(() -> DryRun.of(config("data.validation=0")))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("there is no validation split");
        assertThatThrownBy(() -> DryRun.of(config("method={type: spt, budget: 5}")))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("does not cover the class token");
    }

    @Test
    void writesNothing() {
        DryRun.of(config("method={type: lora, rank: 2}"));
        assertThat(folder).isEmptyDirectory();
    }
}
