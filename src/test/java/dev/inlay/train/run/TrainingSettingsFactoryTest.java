package dev.inlay.train.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.inlay.config.RunConfig;
import dev.inlay.error.ConfigException;
import dev.inlay.train.LearningRateFactors;
import dev.inlay.train.TrainingSettings;
import dev.inlay.train.optim.AdamWSpec;
import dev.inlay.train.optim.DecayRule;
import dev.inlay.train.optim.SgdSpec;
import dev.inlay.tuning.HeadInit;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** From a config to the settings of a training. */
class TrainingSettingsFactoryTest {
    private static RunConfig parse(String yaml) {
        return RunConfig.parse(yaml, Path.of("/configs"), List.of());
    }

    private static TrainingSettings settings(RunConfig config) {
        return TrainingSettingsFactory.settings(config, config.seed());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
            {}                                  | PROBE
            method: {type: lora}                | PROBE
            method: {type: mlpHead, layers: 1}  | PROBE
            method: {type: mlpHead, layers: 2}  | SMALL
            method: {type: sum, of: [{type: bias}, {type: mlpHead, layers: 2}]} | SMALL
            recipe: spt                         | SMALL
            compat: seed                        | SMALL
            recipe: vpt                         | VPT
            """)
    void headsStartAtTheProbeWhereTheyAreLinearAndNoProtocolIsReproduced(String config, HeadInit expected) {
        assertThat(parse(config).train().headInit()).isSameAs(expected);
    }

    /** Base rate 1.0 with batches of 64 is passed as 0.25; epoch 0 trains with a rate of 0 (VPT's demo and schedule). */
    @Test
    void theRecipeOfVptTrainsAsItsCodeDoes() {
        RunConfig config = parse("recipe: vpt");
        TrainingSettings settings = settings(config);
        assertThat(settings.optimizer()).isEqualTo(new SgdSpec(0.9, false));
        assertThat(settings.decay()).isSameAs(DecayRule.ALL_BUT_HEAD_BIAS);
        assertThat(config.train().headInit()).isSameAs(HeadInit.VPT);
        assertThat(settings.epochs()).isEqualTo(100);
        assertThat(settings.schedule().learningRate(0, 15, 16)).isZero();
        assertThat(settings.schedule().learningRate(5, 15, 16)).isCloseTo(0.125, within(1e-12));
        assertThat(settings.schedule().learningRate(10, 0, 16)).isCloseTo(0.25, within(1e-12));
        assertThat(settings.schedule().learningRate(99, 0, 16)).isCloseTo(0.25 * 0.000305, within(1e-6));
    }

    @Test
    void ratesAreScaledByTheImagesOfAStep() {
        TrainingSettings settings = settings(parse(
                "train: {batchSize: 32, accumulate: 4, learningRate: 1, scaleLearningRate: true, schedule: constant}"));
        assertThat(settings.examplesPerStep()).isEqualTo(128);
        assertThat(settings.schedule().learningRate(0, 0, 1)).isEqualTo(0.5);
        assertThatThrownBy(() -> parse("train: {batchSize: 1000, accumulate: 1001}"))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("train.accumulate (line 1): expected a whole number from 1 to 1000, found 1001");
    }

    @Test
    void factorsOfTheLearningRateAreThoseOfTheConfig() {
        assertThat(settings(parse("")).factors()).isEqualTo(LearningRateFactors.NONE);
        assertThat(settings(parse("train: {loraPlus: 16, headLearningRateFactor: 10, layerDecay: 0.75}"))
                        .factors())
                .isEqualTo(new LearningRateFactors(16, 10, 0.75));
        assertThatThrownBy(() -> parse("train: {loraPlus: 0.5, headLearningRateFactor: -1, layerDecay: 0}"))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("train.loraPlus (line 1): expected a number from 1.0 to")
                .hasMessageContaining("train.headLearningRateFactor (line 1): expected a number from 0.0 to")
                .hasMessageContaining("train.layerDecay (line 1): expected a number from 0.001 to 1.0, found 0");
    }

    @Test
    void inlaysOwnDefaultsAreAdamWOverMatrices() {
        RunConfig config = parse("train: {optimizer: adamw}");
        assertThat(settings(config).optimizer()).isEqualTo(AdamWSpec.DEFAULT);
        assertThat(settings(config).decay()).isSameAs(DecayRule.MATRICES);
        assertThat(config.train().headInit()).isSameAs(HeadInit.PROBE);
        assertThat(settings(parse("train: {optimizer: adamwVpt}")).optimizer()).isEqualTo(AdamWSpec.VPT);
    }
}
