package dev.inlay.train.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.inlay.config.RunConfig;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TrialGroupTest {
    private static final int MANY = 1000;

    @Test
    void thePublishedGridOfLinearProbingIsOneGroup() {
        List<TrialGroup> groups = groups("{type: linear}", "vpt", MANY);
        assertThat(groups).hasSize(40);
        assertThat(groups.stream().distinct()).hasSize(1);
        assertThat(groups.get(0).points()).hasSize(40).isSorted();
        assertThat(groups.get(0).first()).isZero();
        assertThat(groups.get(0).last()).isEqualTo(39);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    train.minLearningRate: [0, 1e-4]          | true
                    train.schedule: [cosine, constant]        | true
                    train.warmupEpochs: [0, 2]                | true
                    train.decay: [matrices, allButBiases]     | true
                    train.clipNorm: [0, 1]                    | true
                    train.batchSize: [32, 64]                 | false
                    train.epochs: [5, 6]                      | false
                    train.optimizer: [adamw, sgd]             | false
                    train.labelSmoothing: [0, 0.1]            | false
                    train.classWeights: [none, balanced]      | false
                    train.sampling: [shuffled, balanced]      | false
                    train.headInit: [small, vpt]              | false
                    method.type: [linear, bias]               | false
                    """)
    void pointsAreTogetherWhereTheyTrainAlike(String axis, boolean together) {
        List<TrialGroup> groups = groups("{type: linear}", "{train.weightDecay: [0, 1], " + axis + "}", MANY);
        assertThat(groups.get(0).points()).isEqualTo(together ? List.of(0, 1, 2, 3) : List.of(0, 2));
        assertThat(groups.get(2)).isEqualTo(groups.get(0));
    }

    @Test
    void whatTrainsMoreThanAHeadIsAlone() {
        assertThat(groups("{type: bias}", "{train.learningRate: [1, 2]}", MANY))
                .containsExactly(new TrialGroup(List.of(0)), new TrialGroup(List.of(1)));
        assertThat(groups("{type: mlpHead}", "{train.learningRate: [1, 2]}", MANY))
                .containsExactly(new TrialGroup(List.of(0)), new TrialGroup(List.of(1)));
        RunConfig masks = RunConfig.parse(
                "{data: {task: segmentation, labels: masks}, method: {type: linear}}", Path.of("/configs"), List.of());
        assertThat(TrialGroup.of(List.of(masks, masks), MANY))
                .containsExactly(new TrialGroup(List.of(0)), new TrialGroup(List.of(1)));
    }

    @Test
    void aGroupHasNoMorePointsThanAreAllowed() {
        assertThat(groups("{type: linear}", "{train.learningRate: [1, 2, 3, 4, 5]}", 2))
                .containsExactly(
                        new TrialGroup(List.of(0, 1)),
                        new TrialGroup(List.of(0, 1)),
                        new TrialGroup(List.of(2, 3)),
                        new TrialGroup(List.of(2, 3)),
                        new TrialGroup(List.of(4)));
    }

    private static List<TrialGroup> groups(String method, String grid, int most) {
        RunConfig config =
                RunConfig.parse("{method: " + method + ", search: {grid: " + grid + "}}", Path.of(""), List.of());
        return TrialGroup.of(
                config.search().points(config.seed()).stream().map(config::with).toList(), most);
    }
}
