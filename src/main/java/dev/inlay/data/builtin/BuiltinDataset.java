package dev.inlay.data.builtin;

import dev.inlay.data.Dataset;
import dev.inlay.data.LabelSpace;
import dev.inlay.data.Mask;
import dev.inlay.data.RawImage;
import dev.inlay.random.Key;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Images of a built-in task, drawn when asked for. Labels are balanced; image {@code i} of a split is the same for
 * any size, and splits share no randomness.
 */
public final class BuiltinDataset implements Dataset {
    /** The parts of a task, with VTAB-1k's sizes. */
    public enum Split {
        /** To tune on while settings are chosen. */
        TRAIN(800),
        /** To choose settings by. */
        VALIDATION(200),
        /** To report. */
        TEST(1000);

        private final int defaultSize;

        Split(int defaultSize) {
            this.defaultSize = defaultSize;
        }

        /** How many images, unless told otherwise. */
        public int defaultSize() {
            return defaultSize;
        }
    }

    private final BuiltinTask task;
    private final Split split;
    private final long seed;
    private final int size;
    private final int pixels;
    private final Key root;
    private final LabelSpace labels;
    private final List<float[]> targets;

    /**
     * @param task what is asked
     * @param split which part
     * @param seed of all images of the task
     * @param size how many images
     * @param pixels width and height of an image
     * @throws IllegalArgumentException if {@code size} is negative or {@code pixels} not positive
     */
    public BuiltinDataset(BuiltinTask task, Split split, long seed, int size, int pixels) {
        Drawn.check(size, pixels);
        this.task = task;
        this.split = split;
        this.seed = seed;
        this.size = size;
        this.pixels = pixels;
        this.root = Key.of(seed, "builtin").at(task.name()).at(splitName());
        this.labels = LabelSpace.oneOf(task.classNames());
        this.targets = List.of();
    }

    /**
     * The same images with other labels.
     *
     * @param kind of the labels, for which the task has names
     * @param train the targets of the training images; empty if they are those of this split
     */
    private BuiltinDataset(BuiltinDataset plain, LabelSpace.Kind kind, List<float[]> train) {
        this.task = plain.task;
        this.split = plain.split;
        this.seed = plain.seed;
        this.size = plain.size;
        this.pixels = plain.pixels;
        this.root = plain.root;
        this.targets = kind == LabelSpace.Kind.MASKS
                ? List.of()
                : IntStream.range(0, size)
                        .mapToObj(i -> task.target(kind, scene(i)))
                        .toList();
        List<String> names = task.names(kind);
        this.labels = switch (kind) {
            case SINGLE -> LabelSpace.oneOf(names);
            case MULTI -> LabelSpace.setOf(names);
            case NUMBERS -> LabelSpace.numbers(names, train.isEmpty() ? targets : train);
            case MASKS -> new LabelSpace.PixelClasses(names);
        };
    }

    /**
     * Returns the same images with other labels.
     *
     * @param kind of the labels, for which the task has names
     * @param train the training images, with such labels; empty if this is them
     */
    public BuiltinDataset labelled(LabelSpace.Kind kind, Optional<BuiltinDataset> train) {
        return kind == LabelSpace.Kind.SINGLE
                ? this
                : new BuiltinDataset(this, kind, train.map(of -> of.targets).orElse(List.of()));
    }

    /** A split of its default size. */
    public BuiltinDataset(BuiltinTask task, Split split, long seed, int pixels) {
        this(task, split, seed, split.defaultSize(), pixels);
    }

    @Override
    public String name() {
        return "builtin " + task.name() + " " + splitName();
    }

    @Override
    public LabelSpace labels() {
        return labels;
    }

    @Override
    public int size() {
        return size;
    }

    @Override
    public int label(int i) {
        labels.requireOneClass(name());
        return drawnClass(i);
    }

    @Override
    public float[] target(int i) {
        return targets.isEmpty() ? new float[] {label(i)} : targets.get(i).clone();
    }

    private int drawnClass(int i) {
        return Drawn.balanced(root, task.classNames().size(), i);
    }

    @Override
    public String id(int i) {
        return task.name() + "/" + splitName() + "/" + i;
    }

    @Override
    public Mask mask(int i) {
        return task.mask(scene(i), pixels);
    }

    @Override
    public RawImage image(int i) {
        return scene(i).draw(pixels);
    }

    @Override
    public String fingerprint() {
        return Drawn.fingerprint(name(), classNames(), seed, size, pixels);
    }

    /** The scene of image {@code i}. */
    public Scene scene(int i) {
        return task.scene(drawnClass(i), root.at(i));
    }

    private String splitName() {
        return split.name().toLowerCase(Locale.ROOT);
    }
}
