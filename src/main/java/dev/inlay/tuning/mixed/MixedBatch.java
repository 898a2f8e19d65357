package dev.inlay.tuning.mixed;

import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.Dropout;
import dev.inlay.backbone.Pass;
import dev.inlay.tensor.Device;
import dev.inlay.tensor.Maps;
import dev.inlay.tensor.Tensors;
import dev.inlay.tuning.Ensemble;
import dev.inlay.tuning.mixed.BatchableTuning.Member;
import dev.inlay.tuning.mixed.PerTaskHooks.TaskRows;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/**
 * Images of several tunings of one backbone, computed together. The backbone's own products are computed once for all of
 * them, each tuning's part on its own images; images part where their token sequences are no longer of one length, or a
 * tuning has matrices of its own. What is computed of an image is what its tuning computes of it alone, up to rounding.
 */
public final class MixedBatch {
    private static final Comparator<TaskRows> ALIKE = Comparator.comparing(
                    (TaskRows part) -> part.hooks().countOfValues())
            .thenComparing(part -> part.hooks().countOfPlaces());

    private final Backbone backbone;
    private final ProductBiases biases;
    private final List<List<Output>> outputs;
    private final BatchTimes times;

    /**
     * What is computed of an image; of a task with several members, the mean of what theirs is.
     *
     * @param features (D) what the head's last layer sees; of a map nothing
     * @param logits (C, height, width), one for each class of the image's tuning; of a map not resized
     * @param height of the map; 1 where the image has no map
     * @param width of the map; 1 where the image has no map
     */
    @SuppressWarnings("ArrayRecordComponent") // made for one reader, never compared
    public record Output(float[] features, float[] logits, int height, int width) {
        private Output(float[] features, float[] logits) {
            this(features, logits, 1, 1);
        }

        /**
         * Returns the class of every pixel of the image that the map is of: logits are resized to the backbone's size, as the head does,
         * and from there to the image's.
         *
         * @param backbone that the map comes from
         * @param imageHeight of the image as it came, in pixels
         * @param imageWidth of the image as it came, in pixels
         * @return (imageHeight, imageWidth) as unsigned bytes, row by row
         */
        public byte[] classes(Backbone backbone, int imageHeight, int imageWidth) {
            try (PointerScope scope = new PointerScope()) {
                Tensor map = backbone.device().of(logits, 1, logits.length / (height * width), height, width);
                return Maps.largest(Maps.resized(map, backbone.height(), backbone.width()), imageHeight, imageWidth);
            }
        }
    }

    private MixedBatch(Backbone backbone, int size, BatchTimes times) {
        this.times = times;
        this.backbone = backbone;
        this.biases = new ProductBiases(backbone);
        this.outputs = Stream.generate(() -> (List<Output>) new ArrayList<Output>(1))
                .limit(size)
                .toList();
    }

    /**
     * Computes a batch; safe for use by many threads.
     *
     * @param backbone that all tunings are attached to
     * @param tunings whose task each image is
     * @param pixels (B, 3, H, W) float32 row-major, normalised, of the backbone's size
     * @return one for each image
     * @throws IllegalArgumentException if there are not as many pixels as the images have, or a tuning is of another backbone
     */
    public static List<Output> compute(Backbone backbone, List<BatchableTuning> tunings, float[] pixels) {
        return compute(backbone, tunings, pixels, new BatchTimes());
    }

    /**
     * Computes a batch, like {@link #compute(Backbone, List, float[])}.
     *
     * @param times what the tasks' parts took is added there
     */
    public static List<Output> compute(
            Backbone backbone, List<BatchableTuning> tunings, float[] pixels, BatchTimes times) {
        int height = backbone.height();
        int width = backbone.width();
        if (pixels.length != tunings.size() * 3L * height * width) {
            throw new IllegalArgumentException("expected " + tunings.size() + " x 3 x " + height + " x " + width
                    + " numbers, found " + pixels.length);
        }
        if (tunings.stream().anyMatch(task -> task.ensemble().backbone() != backbone)) {
            throw new IllegalArgumentException("expected tunings of one backbone, found one of another");
        }
        MixedBatch batch = new MixedBatch(backbone, tunings.size(), times);
        try (PointerScope scope = new PointerScope();
                NoGradGuard guard = new NoGradGuard()) {
            List<TaskRows> parts = parts(tunings);
            Tensor images = backbone.device().of(pixels, tunings.size(), 3, height, width);
            batch.advance(parts, images.index_select(0, backbone.device().indices(rows(parts, TaskRows::images))), 0);
            return batch.outputs.stream().map(MixedBatch::together).toList();
        }
    }

    /** The images of each tuning one behind the other; tunings that change much the same stand together. */
    private static List<TaskRows> parts(List<BatchableTuning> tunings) {
        Map<BatchableTuning, List<Integer>> images = new LinkedHashMap<>();
        for (int i = 0; i < tunings.size(); i++) {
            images.computeIfAbsent(tunings.get(i), t -> new ArrayList<>()).add(i);
        }
        List<TaskRows> parts = new ArrayList<>();
        images.forEach((task, of) -> parts.add(new TaskRows(
                task, task.members(), 0, of.stream().mapToInt(Integer::intValue).toArray())));
        parts.sort(ALIKE);
        return closedUp(parts);
    }

    private static int end(TaskRows part) {
        return part.from() + part.size();
    }

    private interface RowsOf {
        int[] of(TaskRows part);
    }

    private static int[] rows(List<TaskRows> parts, RowsOf rows) {
        return parts.stream().flatMapToInt(part -> Arrays.stream(rows.of(part))).toArray();
    }

    /**
     * Takes images from a step to the end; their routes are equal before it. An image of a task with several members is one row
     * up to the first step that may tell them apart, and a row for each member from there on.
     */
    private void advance(List<TaskRows> parts, Tensor x, int step) {
        int to = step;
        while (to < backbone.steps() && byStepKey(parts, to).size() == 1 && !splitsAt(parts, to)) {
            to++;
        }
        Tensor y = run(parts, x, step, to);
        if (to == backbone.steps()) {
            times.head(() -> finish(parts, y));
            return;
        }
        for (List<TaskRows> together : byStepKey(split(parts, to), to).values()) {
            try (PointerScope scope = new PointerScope()) {
                int[] rows = rows(together, part -> IntStream.range(part.from(), end(part))
                        .toArray());
                advance(closedUp(together), y.index_select(0, backbone.device().indices(rows)), to);
            }
        }
    }

    private static boolean splitsAt(List<TaskRows> parts, int step) {
        return parts.stream().anyMatch(part -> part.splitsAt(step));
    }

    private static List<TaskRows> split(List<TaskRows> parts, int step) {
        return splitsAt(parts, step)
                ? parts.stream()
                        .flatMap(part -> part.splitsAt(step) ? part.split() : Stream.of(part))
                        .sorted(ALIKE)
                        .toList()
                : parts;
    }

    /** The parts that can be together in a step, if they were before. */
    private static Map<BatchKey.StepKey, List<TaskRows>> byStepKey(List<TaskRows> parts, int step) {
        Map<BatchKey.StepKey, List<TaskRows>> turns = new LinkedHashMap<>();
        for (TaskRows part : parts) {
            turns.computeIfAbsent(part.key().steps().get(step), t -> new ArrayList<>())
                    .add(part);
        }
        return turns;
    }

    private static List<TaskRows> closedUp(List<TaskRows> parts) {
        List<TaskRows> closed = new ArrayList<>();
        int from = 0;
        for (TaskRows part : parts) {
            closed.add(part.at(from));
            from += part.size();
        }
        return closed;
    }

    private Tensor run(List<TaskRows> parts, Tensor x, int from, int to) {
        Pass pass = Pass.evaluation(times.deltas(new PerTaskHooks(backbone, biases, parts)));
        return parts.size() > 1
                ? backbone.run(x, from, to, pass)
                : parts.get(0).tuning().run(x, from, to, pass);
    }

    /**
     * Features and logits, copied out in one piece each.
     *
     * @param read (B, D) what leaves the backbone
     */
    private void finish(List<TaskRows> parts, Tensor read) {
        if (parts.get(0).hooks().readsMap()) {
            parts.forEach(part -> finishMaps(part, read)); // nobody else reads with it
            return;
        }
        try (PointerScope scope = new PointerScope()) {
            List<Tensor> features = new ArrayList<>();
            List<Tensor> logits = new ArrayList<>();
            for (TaskRows part : parts) {
                for (Member member : part.members()) {
                    Tensor own = member.tuning().headed(part.rows(read), Dropout.NONE);
                    features.add(own);
                    logits.add(member.tuning().head(own).flatten());
                }
            }
            float[] allFeatures = Tensors.floats(Tensors.cat(features, 0));
            float[] allLogits = Tensors.floats(Tensors.cat(logits, 0));
            int rows = parts.stream()
                    .mapToInt(part -> part.members().size() * part.size())
                    .sum();
            int width = allFeatures.length / rows;
            int feature = 0;
            int logit = 0;
            for (TaskRows part : parts) {
                int classes = part.tuning().classes();
                for (int row = 0; row < part.members().size() * part.size(); row++) {
                    outputs.get(part.images()[row % part.size()])
                            .add(new Output(
                                    Arrays.copyOfRange(allFeatures, feature, feature + width),
                                    Arrays.copyOfRange(allLogits, logit, logit + classes)));
                    feature += width;
                    logit += classes;
                }
            }
        }
    }

    /** The logits of maps, image by image: decoders make far more numbers of one than the backbone does. */
    private void finishMaps(TaskRows part, Tensor read) {
        for (int row = 0; row < part.size(); row++) {
            try (PointerScope scope = new PointerScope()) {
                Tensor map = part.rows(read).narrow(0, row, 1);
                Tensor logits = part.tuning().logitMap(part.tuning().headed(map, Dropout.NONE));
                outputs.get(part.images()[row])
                        .add(new Output(
                                new float[0], Tensors.floats(logits), (int) logits.size(2), (int) logits.size(3)));
            }
        }
    }

    /** What the members of an image's task say together. */
    private static Output together(List<Output> members) {
        Output first = members.get(0);
        return members.size() == 1
                ? first
                : new Output(
                        mean(members, Output::features), mean(members, Output::logits), first.height(), first.width());
    }

    private static float[] mean(List<Output> members, Function<Output, float[]> of) {
        int length = of.apply(members.get(0)).length;
        if (length == 0) {
            return new float[0];
        }
        FloatBuffer all = FloatBuffer.allocate(members.size() * length);
        members.forEach(member -> all.put(of.apply(member)));
        return Tensors.floats(Ensemble.mean(Device.CPU.of(all.array(), members.size(), length)));
    }
}
