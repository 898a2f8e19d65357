package dev.inlay.sensitivity;

import static org.assertj.core.api.Assertions.assertThat;

import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.Classifier;
import dev.inlay.backbone.TunableParameter;
import dev.inlay.data.loading.Batch;
import dev.inlay.golden.Golden;
import dev.inlay.golden.GoldenNetwork;
import dev.inlay.sensitivity.ScoringOptions.Memory;
import dev.inlay.tensor.Tensors;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Scores of backbones of every family, with every option: the squares of golden gradients. */
class FamilyScorerTest {
    static Stream<Arguments> cases() {
        return GoldenNetwork.all()
                .flatMap(network -> Arrays.stream(Memory.values()).map(memory -> Arguments.of(network, memory)));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void everySiteIsScoredByItsGradientHoweverMemoryIsSaved(GoldenNetwork network, Memory memory) {
        try (PointerScope scope = new PointerScope();
                Backbone backbone = network.load()) {
            Map<String, Tensor> io = network.io();
            int images = Math.toIntExact(io.get("images").size(0));
            ScoringOptions options = new ScoringOptions(memory, images - 1, false, 0);
            try (Scorer scorer = new Scorer(backbone, head(network), options, tunable -> true, 0)) {
                scorer.add(new Batch(IntStream.range(0, images).toArray(), io.get("images"), io.get("labels")));
                Map<TunableParameter, float[]> scores = scorer.scores();
                assertThat(scores.keySet()).containsExactlyElementsOf(backbone.tunableParameters());
                Map<String, Tensor> gradients = network.gradients();
                scores.forEach((tunable, values) -> {
                    Tensor gradient = gradients.get(tunable.parameter()).narrow(0, tunable.firstRow(), tunable.rows());
                    Golden.assertClose(
                            tunable.name(),
                            values,
                            Tensors.floats(gradient.square()),
                            network.tolerance().get("gradient"));
                });
            }
        }
    }

    /** That of the reference; a distilled ViT is loaded without. */
    private static Classifier head(GoldenNetwork network) {
        Map<String, Tensor> weights = network.weights();
        return new Classifier(
                Tensors.floats(weights.get(network.head() + ".weight")),
                Tensors.floats(weights.get(network.head() + ".bias")));
    }
}
