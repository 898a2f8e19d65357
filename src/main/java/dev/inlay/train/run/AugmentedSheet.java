package dev.inlay.train.run;

import dev.inlay.data.ContactSheet;
import dev.inlay.data.Examples;
import dev.inlay.data.RawImage;
import dev.inlay.data.image.ExifOrientation;
import dev.inlay.data.loading.Batch;
import dev.inlay.data.transform.ImageTransform;
import dev.inlay.data.transform.Normalization;
import dev.inlay.tensor.Device;
import dev.inlay.tensor.Tensors;
import dev.inlay.train.TrainingSettings;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/**
 * What training makes of its images, for people to look at: a row per image, as it is and as it comes in later epochs. Where batches
 * are mixed, a column is one.
 */
final class AugmentedSheet {
    private static final int ROWS = 5;
    private static final int COLUMNS = 7;
    private static final int MAX_SIDE = 112;

    private AugmentedSheet() {}

    /** Writes a PNG file, if training changes or mixes images, and they come from files of images. */
    static void write(LoadedRun run, Path file) {
        TrainingSettings settings =
                TrainingSettingsFactory.settings(run.config(), run.config().seed());
        Examples examples = run.splits().train();
        Optional<ImageTransform> transform = run.data().transform();
        if (transform.isEmpty() || examples.repeats() && settings.mixup().isNone()) {
            return;
        }
        Normalization normalization = transform.get().normalization();
        int count = Math.min(ROWS, examples.size());
        int[] shown = IntStream.range(0, count)
                .map(row -> (int) ((long) row * examples.size() / count))
                .toArray();
        List<List<RawImage>> rows = new ArrayList<>();
        IntStream.range(0, count).forEach(row -> rows.add(new ArrayList<>()));
        for (int column = 0; column < COLUMNS; column++) {
            float[] images = column == 0
                    ? read(examples, shown, Examples.EVALUATION)
                    : mixed(settings, examples, shown, column - 1);
            for (int row = 0; row < count; row++) {
                int offset = row * 3 * examples.height() * examples.width();
                rows.get(row).add(small(normalization.image(images, offset, examples.height(), examples.width())));
            }
        }
        ContactSheet.write(rows, COLUMNS, file);
    }

    private static float[] read(Examples examples, int[] shown, int epoch) {
        int length = 3 * examples.height() * examples.width();
        float[] images = new float[shown.length * length];
        for (int row = 0; row < shown.length; row++) {
            examples.read(shown[row], epoch, images, row * length);
        }
        return images;
    }

    /** As a batch of one epoch. */
    private static float[] mixed(TrainingSettings settings, Examples examples, int[] shown, int epoch) {
        try (PointerScope scope = new PointerScope()) {
            Tensor images =
                    Device.CPU.of(read(examples, shown, epoch), shown.length, 3, examples.height(), examples.width());
            Batch batch = new Batch(shown, images, Device.CPU.of(new long[shown.length], shown.length));
            return Tensors.floats(settings.mixup().mixed(settings.seed(), epoch, 0, batch));
        }
    }

    private static RawImage small(RawImage image) {
        double scale = Math.min(1, (double) MAX_SIDE / Math.max(image.height(), image.width()));
        int height = (int) Math.max(1, Math.rint(scale * image.height()));
        int width = (int) Math.max(1, Math.rint(scale * image.width()));
        return ImageTransform.direct(height, width, Normalization.NONE, ExifOrientation.IGNORE)
                .prepare(image);
    }
}
