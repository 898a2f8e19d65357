package dev.inlay.train.run;

import dev.inlay.backbone.Dropout;
import dev.inlay.data.Examples;
import dev.inlay.data.loading.Batch;
import dev.inlay.data.loading.Inputs;
import dev.inlay.embedding.NearestNeighbours;
import dev.inlay.embedding.Neighbour;
import dev.inlay.inference.InferenceLoop;
import dev.inlay.insight.SaliencyMap;
import dev.inlay.insight.SaliencyMaps;
import dev.inlay.progress.Progress;
import dev.inlay.record.Mistake;
import dev.inlay.tensor.Tensors;
import dev.inlay.tuning.Tuning;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/**
 * What may explain the mistakes that are shown: where the network looked, and the training images that it finds most like
 * theirs.
 *
 * @param of each mistake, by its index in the test split
 * @param searched among how many training images
 * @param learnedFrom how many there are
 */
public record MistakeInsights(Map<Integer, Insight> of, int searched, int learnedFrom) {
    /** Of nothing. */
    static final MistakeInsights NONE = new MistakeInsights(Map.of(), 0, 0);

    /** The most training images that are looked at. */
    static final int MAX_SEARCHED = 1000;

    private static final int NEAREST = 3;

    /**
     * What may explain one mistake.
     *
     * @param map where the network looked; empty where {@link SaliencyMaps} has none
     * @param nearest training images, the nearest first
     */
    public record Insight(Optional<SaliencyMap> map, List<Near> nearest) {}

    /**
     * A training image.
     *
     * @param id what a person calls it
     * @param label the name of its class
     * @param similarity cosine of its embedding and the mistake's, in [-1, 1]
     * @param pixels (3, H, W), normalised
     */
    @SuppressWarnings("ArrayRecordComponent") // made for one reader, never compared
    public record Near(String id, String label, double similarity, float[] pixels) {}

    /**
     * Looks into mistakes.
     *
     * @param images of the mistakes, (3, H, W) normalised, by their indices
     * @param inputs what was learned from, or some of it, without augmentation
     * @param learnedFrom how many examples that was
     */
    static MistakeInsights of(
            Tuning tuning,
            List<Mistake> mistakes,
            Map<Integer, float[]> images,
            Inputs inputs,
            int learnedFrom,
            InferenceLoop loop,
            Progress progress) {
        if (mistakes.isEmpty()) {
            return NONE;
        }
        Examples examples = inputs.examples();
        List<List<Neighbour>> nearest = nearest(tuning, mistakes, images, inputs, loop, progress);
        Map<Integer, Insight> insights = new LinkedHashMap<>();
        for (int i = 0; i < mistakes.size(); i++) {
            Mistake mistake = mistakes.get(i);
            int predicted = examples.classNames().indexOf(mistake.predicted());
            insights.put(
                    mistake.example(),
                    new Insight(
                            SaliencyMaps.of(tuning, images.get(mistake.example()), predicted),
                            nearest.get(i).stream()
                                    .map(near -> near(examples, near))
                                    .toList()));
        }
        return new MistakeInsights(insights, examples.size(), learnedFrom);
    }

    private static List<List<Neighbour>> nearest(
            Tuning tuning,
            List<Mistake> mistakes,
            Map<Integer, float[]> images,
            Inputs inputs,
            InferenceLoop loop,
            Progress progress) {
        List<float[]> queries = new ArrayList<>();
        for (Mistake mistake : mistakes) {
            try (PointerScope scope = new PointerScope()) {
                Tensor image = tuning.backbone()
                        .device()
                        .of(
                                images.get(mistake.example()),
                                1,
                                3,
                                tuning.backbone().height(),
                                tuning.backbone().width());
                queries.add(embeddings(tuning, image, 0));
            }
        }
        NearestNeighbours search = new NearestNeighbours(queries, NEAREST);
        loop.run(
                inputs,
                "nearest",
                progress,
                (Batch batch) -> embeddings(tuning, batch.input(), batch.step()),
                (indices, rows) -> search.offer(rows));
        return search.result();
    }

    private static float[] embeddings(Tuning tuning, Tensor input, int step) {
        try (NoGradGuard guard = new NoGradGuard()) {
            return Tensors.floats(tuning.features(input, step, Dropout.NONE, 0));
        }
    }

    private static Near near(Examples examples, Neighbour near) {
        float[] pixels = new float[3 * examples.height() * examples.width()];
        examples.read(near.row(), Examples.EVALUATION, pixels, 0);
        return new Near(
                examples.id(near.row()),
                examples.classNames().get(examples.label(near.row())),
                near.similarity(),
                pixels);
    }
}
