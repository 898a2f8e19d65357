package dev.inlay.inference;

import dev.inlay.data.Dataset;
import dev.inlay.data.RawImage;
import dev.inlay.data.loading.Batch;
import dev.inlay.data.transform.ImageTransform;
import dev.inlay.progress.Progress;
import dev.inlay.tensor.Device;
import dev.inlay.tensor.LibTorch;
import dev.inlay.tensor.Maps;
import dev.inlay.tensor.Tensors;
import java.io.Serial;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * Shows an image to a network in windows of the size that it takes, at the image's own size, and averages the logits where windows
 * overlap, as the mode {@code slide} of MMSegmentation. The last window of a row or column ends with the image. Where the image is
 * smaller than a window, it is followed by its mean below and on the right, as in training. A fixed number of windows is computed
 * at once, so beside the logits of the whole image memory does not grow with it.
 *
 * @param strideHeight rows from one window to the next, at least 1
 * @param strideWidth columns from one window to the next, at least 1
 */
public record SlidingWindow(int strideHeight, int strideWidth) implements Serializable {
    @Serial
    private static final long serialVersionUID = 1L;

    /** The scales of {@link #multiScale}, those of MMSegmentation. */
    public static final List<Double> RATIOS = List.of(0.5, 0.75, 1.0, 1.25, 1.5, 1.75);

    private static final int BATCH = 4;
    private static final long[] ACROSS = {3};

    /**
     * @throws IllegalArgumentException if a stride is below 1
     */
    public SlidingWindow {
        if (strideHeight < 1 || strideWidth < 1) {
            throw new IllegalArgumentException(
                    "expected strides of at least 1, found " + strideHeight + " and " + strideWidth);
        }
    }

    /** Windows of a size that overlap by a third, as is usual. */
    public static SlidingWindow overlapping(int height, int width) {
        return new SlidingWindow(Math.max(1, 2 * height / 3), Math.max(1, 2 * width / 3));
    }

    /**
     * Computes the logits of an image.
     *
     * @param transform of the window's size; of its parts the size and the normalisation count
     * @param classes C
     * @param device of the network
     * @param network from windows (B, 3, h, w) to logits (B, C, h, w); called on several threads at once
     * @return (1, C, H, W), of the size of the image, in main memory, without gradient, in the caller's scope
     * @throws IllegalArgumentException if the stride is larger than the window, which leaves pixels out
     */
    public Tensor logits(
            RawImage image, ImageTransform transform, int classes, Device device, UnaryOperator<Tensor> network) {
        int height = transform.height();
        int width = transform.width();
        if (strideHeight > height || strideWidth > width) {
            throw new IllegalArgumentException("windows of " + height + " x " + width + " pixels in steps of "
                    + strideHeight + " x " + strideWidth + " leave pixels out");
        }
        int[] tops = starts(image.height(), height, strideHeight);
        int[] lefts = starts(image.width(), width, strideWidth);
        int windows = tops.length * lefts.length;
        int pixels = 3 * height * width;
        return Tensors.scoped(() -> {
            Tensor sum = Device.CPU.zeros(1, classes, image.height(), image.width());
            try (BatchParts parts = new BatchParts(LibTorch.threads())) {
                for (int from = 0; from < windows; from += BATCH) {
                    int count = Math.min(BATCH, windows - from);
                    float[] shown = new float[count * pixels];
                    for (int i = 0; i < count; i++) {
                        int window = from + i;
                        transform.window(
                                image, tops[window / lefts.length], lefts[window % lefts.length], shown, i * pixels);
                    }
                    try (PointerScope scope = new PointerScope()) {
                        Batch batch = new Batch(
                                IntStream.range(from, from + count).toArray(),
                                device.of(shown, count, 3, height, width),
                                device.zeros(count));
                        parts.compute(batch, part -> Tensors.floats(network.apply(part.input())))
                                .forEach(computed -> add(computed, sum, height, width, tops, lefts));
                    }
                }
            }
            Tensor down = Device.CPU.of(covering(image.height(), height, tops), image.height(), 1);
            Tensor across = Device.CPU.of(covering(image.width(), width, lefts), 1, image.width());
            return sum.div_(down.mul(across));
        });
    }

    /** Adds the logits of some windows where they are. */
    private static void add(BatchParts.Computed computed, Tensor sum, int height, int width, int[] tops, int[] lefts) {
        int[] windows = computed.part().indices();
        Tensor logits = Device.CPU.of(computed.rows(), windows.length, sum.size(1), height, width);
        long rows = Math.min(height, sum.size(2));
        long columns = Math.min(width, sum.size(3));
        for (int i = 0; i < windows.length; i++) {
            sum.narrow(2, tops[windows[i] / lefts.length], rows)
                    .narrow(3, lefts[windows[i] % lefts.length], columns)
                    .add_(logits.narrow(0, i, 1).narrow(2, 0, rows).narrow(3, 0, columns));
        }
    }

    /** Where windows begin along a side. */
    private static int[] starts(int side, int window, int stride) {
        int last = Math.max(0, side - window);
        return IntStream.rangeClosed(0, (last + stride - 1) / stride)
                .map(i -> Math.min(i * stride, last))
                .toArray();
    }

    /** How many windows cover each pixel of a side. */
    private static float[] covering(int side, int window, int[] starts) {
        float[] covering = new float[side];
        for (int start : starts) {
            for (int i = start; i < Math.min(side, start + window); i++) {
                covering[i]++;
            }
        }
        return covering;
    }

    /**
     * Computes what an image is said to show at several scales, as it is and mirrored: the mean of the probabilities of all, as the
     * test-time augmentation of MMSegmentation. The scales are {@link #RATIOS}; logits of each are resized bilinearly.
     *
     * @param height of the image at the scale 1, in pixels
     * @param width of the image at the scale 1, in pixels
     * @return logarithms of probabilities (1, C, H, W), of the size of the image, in main memory, in the caller's scope
     */
    public Tensor multiScale(
            RawImage image,
            int height,
            int width,
            ImageTransform transform,
            int classes,
            Device device,
            UnaryOperator<Tensor> network) {
        return Tensors.scoped(() -> {
            Tensor sum = Device.CPU.zeros(1, classes, image.height(), image.width());
            for (double ratio : RATIOS) {
                RawImage scaled = transform.scaled(image, scaled(height, ratio), scaled(width, ratio));
                for (boolean mirrored : new boolean[] {false, true}) {
                    try (PointerScope scope = new PointerScope();
                            NoGradGuard guard = new NoGradGuard()) {
                        Tensor logits =
                                logits(mirrored ? mirrored(scaled) : scaled, transform, classes, device, network);
                        sum.add_(Maps.resized(mirrored ? logits.flip(ACROSS) : logits, image.height(), image.width())
                                .softmax(1));
                    }
                }
            }
            return sum.div_(new Scalar(2.0 * RATIOS.size()))
                    .clamp_min_(new Scalar(Float.MIN_NORMAL))
                    .log_();
        });
    }

    private static int scaled(int side, double ratio) {
        return (int) Math.max(1, Math.round(side * ratio));
    }

    private static RawImage mirrored(RawImage image) {
        byte[] rgb = new byte[image.rgb().length];
        int width = image.width();
        for (int pixel = 0; pixel < rgb.length / 3; pixel++) {
            int from = pixel - pixel % width + width - 1 - pixel % width;
            System.arraycopy(image.rgb(), 3 * from, rgb, 3 * pixel, 3);
        }
        return new RawImage(width, image.height(), rgb);
    }

    /**
     * Evaluates what is said of the pixels of images.
     *
     * @param images with masks
     * @param logits from an image to logits (1, C, h, w), such as those of a sliding window
     * @param name what the progress calls it
     */
    public static MaskEvaluation evaluate(
            Dataset images, Function<RawImage, Tensor> logits, String name, Progress progress) {
        int classes = images.labels().size();
        List<MaskEvaluation.OfImage> found = new ArrayList<>();
        try (Progress.Task shown = progress.start(name, Progress.Unit.IMAGES, images.size())) {
            for (int i = 0; i < images.size(); i++) {
                try (PointerScope scope = new PointerScope();
                        NoGradGuard guard = new NoGradGuard()) {
                    Tensor said = logits.apply(images.image(i));
                    found.add(MaskScorer.ofImage(said, images.mask(i), classes, images.id(i)));
                }
                shown.at(i + 1);
            }
        }
        return MaskEvaluation.of(images.labels(), found);
    }
}
