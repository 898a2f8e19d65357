package dev.inlay.data.loading;

import dev.inlay.data.Dataset;
import dev.inlay.data.Examples;
import dev.inlay.data.LabelSpace;
import dev.inlay.data.RawImage;
import dev.inlay.data.transform.ImageTransform;
import java.util.List;
import java.util.stream.IntStream;

/** The examples of a data set of which every image was decoded once; those that cannot be used are left out. */
public abstract sealed class CheckedExamples implements Examples permits DecodedExamples, MaskedExamples {
    private final Dataset dataset;
    private final ImageTransform transform;
    private final int[] indices;
    private final RawImage[] kept;
    private final long keptBytes;
    private final List<BadImage> skipped;

    /**
     * @param transform from decoded images to normalised numbers
     * @param pass that has decoded the data set
     */
    CheckedExamples(Dataset dataset, ImageTransform transform, FirstPass pass) {
        this.dataset = dataset;
        this.transform = transform;
        this.indices = pass.usable();
        this.kept = IntStream.of(indices).mapToObj(pass::kept).toArray(RawImage[]::new);
        this.keptBytes = pass.keptBytes();
        this.skipped = pass.bad(dataset);
    }

    /** What was decoded. */
    public final Dataset dataset() {
        return dataset;
    }

    /** The images that were left out; empty if none was. */
    public final List<BadImage> skipped() {
        return skipped;
    }

    /** The 8-bit samples kept in memory, in bytes. */
    public final long keptBytes() {
        return keptBytes;
    }

    /** Where the examples are in the data set. */
    final int[] indices() {
        return indices;
    }

    final ImageTransform transform() {
        return transform;
    }

    /** Example {@code i} as the first pass decoded it, or anew if it did not fit into memory. */
    final RawImage image(int i) {
        return kept[i] != null ? kept[i] : decoded(indices[i]);
    }

    /** Image {@code index} of the data set, decoded as in the first pass. */
    abstract RawImage decoded(int index);

    @Override
    public final int size() {
        return indices.length;
    }

    @Override
    public final LabelSpace labels() {
        return dataset.labels();
    }

    @Override
    public final String id(int i) {
        return dataset.id(indices[i]);
    }

    @Override
    public final int height() {
        return transform.height();
    }

    @Override
    public final int width() {
        return transform.width();
    }

    @Override
    public final void read(int i, int epoch, float[] out, int offset) {
        read(i, epoch, 0, out, offset);
    }
}
