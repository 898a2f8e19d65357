package dev.inlay.train.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.inlay.Inlay;
import dev.inlay.backbone.Backbone;
import dev.inlay.config.RunConfig;
import dev.inlay.record.Mistake;
import dev.inlay.task.TunedModel;
import dev.inlay.tensor.Tensors;
import dev.inlay.train.RunObserver;
import dev.inlay.train.run.MistakeInsights.Insight;
import dev.inlay.train.run.MistakeInsights.Near;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A run looks into each of the mistakes that it reports, with the network as it was tuned. */
class MistakeInsightsTest {
    @TempDir
    private Path folder;

    private TuneOutcome tune(String method, int train) {
        RunConfig config = RunConfig.parse(
                """
                threads: 1
                data: {type: builtin, task: orientation, train: %d, validation: 0, test: 24}
                baselines: {linear: false}
                train: {epochs: 1, batchSize: 16, headInit: small}
                method: {type: %s}
                """
                        .formatted(train, method),
                Path.of(""),
                List.of());
        return TuneRun.run(config, folder, RunObserver.nobody());
    }

    @ParameterizedTest
    @ValueSource(strings = {"bias", "linear", "prompt"})
    void nearestTrainingImagesAreThoseOfTheTunedNetwork(String method) {
        TuneOutcome outcome = tune(method, 40);
        MistakeInsights insights = outcome.insights();
        assertThat(outcome.record().mistakes()).isNotEmpty();
        assertThat(insights.of().keySet())
                .containsExactlyElementsOf(outcome.record().mistakes().stream()
                        .map(Mistake::example)
                        .toList());
        assertThat(insights.searched()).isEqualTo(40);
        assertThat(insights.learnedFrom()).isEqualTo(40);
        try (PointerScope scope = new PointerScope();
                Backbone backbone = Inlay.backboneOf(outcome.task());
                TunedModel model = TunedModel.open(outcome.task(), backbone)) {
            insights.of().forEach((example, insight) -> {
                float[] own = embedding(model, backbone, outcome.images().get(example));
                assertThat(insight.nearest())
                        .hasSize(3)
                        .isSortedAccordingTo(
                                Comparator.comparingDouble(Near::similarity).reversed());
                insight.nearest().forEach(near -> {
                    assertThat(near.similarity())
                            .isCloseTo(cosine(own, embedding(model, backbone, near.pixels())), within(1e-5));
                    assertThat(model.info().classNames()).contains(near.label());
                });
                requireMap(insight);
            });
        }
    }

    private static void requireMap(Insight insight) {
        double sum = 0;
        for (float value : insight.map().orElseThrow().values()) {
            sum += value;
        }
        assertThat(sum).isBetween(0.05, 1.0); // of attention rollout, the part that is not of the class token
    }

    private static float[] embedding(TunedModel model, Backbone backbone, float[] pixels) {
        return Tensors.floats(
                model.embeddings(backbone.device().of(pixels, 1, 3, backbone.height(), backbone.width())));
    }

    private static double cosine(float[] a, float[] b) {
        double product = 0;
        double ofA = 0;
        double ofB = 0;
        for (int i = 0; i < a.length; i++) {
            product += (double) a[i] * b[i];
            ofA += (double) a[i] * a[i];
            ofB += (double) b[i] * b[i];
        }
        return product / Math.sqrt(ofA * ofB);
    }

    @Test
    void ofManyTrainingImagesSomeAreSearched() {
        int many = MistakeInsights.MAX_SEARCHED + 200;
        MistakeInsights insights = tune("bias", many).insights();
        assertThat(insights.searched()).isEqualTo(MistakeInsights.MAX_SEARCHED);
        assertThat(insights.learnedFrom()).isEqualTo(many);
        List<String> ids = new ArrayList<>();
        insights.of().values().forEach(insight -> insight.nearest().forEach(near -> ids.add(near.id())));
        assertThat(ids).isNotEmpty();
    }
}
