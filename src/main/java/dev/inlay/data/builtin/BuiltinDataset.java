package dev.inlay.data.builtin;

import dev.inlay.data.Dataset;
import dev.inlay.data.LabelSpace;
import dev.inlay.data.RawImage;
import dev.inlay.random.Key;
import java.util.Locale;

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
        return LabelSpace.oneOf(task.classNames());
    }

    @Override
    public int size() {
        return size;
    }

    @Override
    public int label(int i) {
        return Drawn.balanced(root, task.classNames().size(), i);
    }

    @Override
    public String id(int i) {
        return task.name() + "/" + splitName() + "/" + i;
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
        return task.scene(label(i), root.at(i));
    }

    private String splitName() {
        return split.name().toLowerCase(Locale.ROOT);
    }
}
