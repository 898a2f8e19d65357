package dev.inlay.config;

import dev.inlay.data.LabelSpace.Kind;
import dev.inlay.data.builtin.BuiltinTask;
import dev.inlay.data.builtin.BuiltinTasks;
import dev.inlay.data.image.ExifOrientation;
import dev.inlay.data.image.ImageLimits;
import dev.inlay.data.loading.OnBadImage;
import dev.inlay.data.source.LabelColumns;
import dev.inlay.data.transform.Interpolation;
import java.util.List;
import java.util.OptionalInt;

/**
 * Which labelled images a run learns from, and how they become numbers.
 *
 * @param source where they are
 * @param labels what their labels are, and where in a list
 * @param transform from decoded pixels to a normalised image; {@link TransformConfig#IDENTITY} for {@link DataSource.Tensors}
 * @param augment random changes while training; {@link AugmentConfig#NONE} for {@link DataSource.Tensors}
 * @param exifOrientation whether a photo's orientation tag turns it
 * @param onBadImage what an image that cannot be decoded does to the run
 * @param truncatedImages what is done with an image whose data end too early
 * @param image what an image may ask for
 * @param onLeak what an image that is tested and learned from does to the run
 * @param cacheMegabytes bound on decoded pixels kept in memory, in MiB
 * @param workers decoding threads; 0 for one per physical core
 */
public record DataConfig(
        DataSource source,
        LabelColumns labels,
        TransformConfig transform,
        AugmentConfig augment,
        ExifOrientation exifOrientation,
        OnBadImage onBadImage,
        TruncatedImages truncatedImages,
        ImageLimits image,
        OnLeak onLeak,
        int cacheMegabytes,
        int workers) {
    /** What is done with an image whose data end too early. */
    public enum TruncatedImages {
        /** It cannot be decoded. */
        REFUSE,
        /** What is there of it is decoded, and it is counted. */
        ACCEPT
    }

    /** Stands for a blank between classes, which YAML drops unless it is quoted. */
    private static final String SPACE = "space";

    /** The key of the kind of the labels. */
    static final String LABELS = "labels";

    private static final String TYPE = "type";

    private static final long MEGABYTE = 1 << 20;

    /** What happens when an image is tested and learned from. */
    public enum OnLeak {
        /** The run stops before training, unless the test split was drawn at random. */
        FAIL,
        /** The run goes on and reports how many. */
        WARN
    }

    static DataConfig read(Section section, Compat compat, long seed) {
        boolean masked = section.has(TYPE) && section.choice(TYPE, DataSource.Type.BUILTIN) == DataSource.Type.MASKS;
        Kind otherwise = masked ? Kind.MASKS : Kind.SINGLE;
        Kind kind = section.has(LABELS) ? section.choice(LABELS, otherwise) : otherwise;
        DataSource source = DataSource.read(section, kind, seed);
        LabelColumns labels = labels(section, kind, source);
        TransformConfig transform = TransformConfig.IDENTITY;
        AugmentConfig augment = AugmentConfig.NONE;
        if (source instanceof DataSource.Tensors) {
            rejectForTensors(section, "transform");
            rejectForTensors(section, "augment");
        } else {
            transform = TransformConfig.read(section.section("transform"));
            augment = kind == Kind.MASKS
                    ? AugmentConfig.readMasked(section.section("augment"))
                    : AugmentConfig.read(section.section("augment"));
            if (transform.interpolation() == Interpolation.TF1 && augment.changesPixels()) {
                section.problem(
                        "augment",
                        "randAugment and colorJitter change 8-bit images, which data.transform.interpolation: tf1 does"
                                + " not have; use bicubic or bilinear");
            }
        }
        ExifOrientation upright = compat == Compat.SEED ? ExifOrientation.IGNORE : ExifOrientation.APPLY;
        DataConfig config = new DataConfig(
                source,
                labels,
                transform,
                augment,
                section.choice("exifOrientation", upright),
                section.choice("onBadImage", OnBadImage.FAIL),
                section.choice("truncatedImages", TruncatedImages.REFUSE),
                limits(section.section("image"), ImageLimits.DEFAULT),
                section.choice("onLeak", OnLeak.FAIL),
                section.integer("cacheMegabytes", 1024, 0, Integer.MAX_VALUE),
                section.integer("workers", 0, 0, 1024));
        section.end();
        return config;
    }

    /** What the labels are; a key is recorded only where it is given, so that other configs stay as they were. */
    private static LabelColumns labels(Section section, Kind kind, DataSource source) {
        List<String> names = section.has("labelColumns") ? section.texts("labelColumns", List.of()) : List.of();
        String separator = section.has("labelSeparator")
                ? section.text("labelSeparator", LabelColumns.SINGLE.separator())
                : LabelColumns.SINGLE.separator();
        if (source instanceof DataSource.Masks != (kind == Kind.MASKS) && !(source instanceof DataSource.Builtin)) {
            section.problem(
                    LABELS,
                    kind == Kind.MASKS
                            ? "masks need data.type: masks"
                            : "data.type: masks has a class for every pixel; remove data.labels");
            return new LabelColumns(kind, List.of(), separator);
        }
        boolean csv = source instanceof DataSource.Csv;
        boolean json = source instanceof DataSource.Json;
        if (source instanceof DataSource.Builtin builtin) {
            List<String> able = BuiltinTasks.ALL.stream()
                    .filter(task -> kind == Kind.SINGLE
                            ? task.hasOneClass()
                            : !task.names(kind).isEmpty())
                    .map(BuiltinTask::name)
                    .toList();
            if (!able.contains(builtin.task())) {
                section.problem(
                        LABELS,
                        "the built-in task " + builtin.task() + " has no labels that are " + kind
                                + "; those that have: " + String.join(", ", able));
            }
        } else if (kind != Kind.SINGLE && kind != Kind.MASKS && !csv && !json) {
            section.problem(
                    LABELS,
                    kind + " needs a list that says several classes or numbers of an image, and data.type: "
                            + section.text("type", "") + " has one class for each; use data.type: csv or json");
        }
        if (!names.isEmpty() && (kind == Kind.SINGLE || !csv && !(json && kind == Kind.NUMBERS))) {
            section.problem(
                    "labelColumns",
                    "names the columns of a csv with data.labels: multi or numbers, or the numbers of json lists; found data.labels: "
                            + kind + "; remove it, or set data.labels");
        }
        if (names.stream().distinct().count() < names.size()) {
            section.problem("labelColumns", "expected each column once, found " + names);
        }
        if (section.has("labelSeparator") && (kind != Kind.MULTI || !csv || !names.isEmpty())) {
            section.problem(
                    "labelSeparator",
                    "stands between the classes in the column label of a csv with data.labels: multi; remove it, or set"
                            + " data.labels: multi without data.labelColumns");
        }
        return new LabelColumns(kind, names, separator.equals(SPACE) ? " " : separator);
    }

    /** Returns on how many folds there is to be a run each; empty for a single run. */
    public OptionalInt folds() {
        SplitConfig split = source instanceof DataSource.Folder folder
                ? folder.split()
                : source instanceof DataSource.Masks masks
                        ? masks.split()
                        : source instanceof DataSource.Csv csv ? csv.split() : null;
        return split != null && split.isCrossValidation() ? OptionalInt.of(split.folds()) : OptionalInt.empty();
    }

    /**
     * What an image may ask for.
     *
     * @param section {@code data.image}
     * @param otherwise where the section says nothing
     */
    public static ImageLimits limits(Section section, ImageLimits otherwise) {
        ImageLimits limits = new ImageLimits(
                section.whole("maxPixels", otherwise.maxPixels(), 1, ImageLimits.MAX_PIXELS),
                section.whole(
                                "maxFileMegabytes",
                                otherwise.maxFileBytes() / MEGABYTE,
                                1,
                                ImageLimits.MAX_FILE_BYTES / MEGABYTE)
                        * MEGABYTE,
                section.integer("maxScans", otherwise.maxScans(), 1, Integer.MAX_VALUE),
                section.integer("maxChunks", otherwise.maxChunks(), 1, Integer.MAX_VALUE));
        section.end();
        return limits;
    }

    private static void rejectForTensors(Section section, String key) {
        if (section.has(key)) {
            section.problem(key, "tensors are already normalised; remove it");
        }
    }
}
