package dev.inlay.inputs;

import dev.inlay.config.AugmentConfig;
import dev.inlay.config.DataConfig;
import dev.inlay.config.DataSource;
import dev.inlay.config.SplitConfig;
import dev.inlay.config.TransformConfig;
import dev.inlay.data.Contents;
import dev.inlay.data.Dataset;
import dev.inlay.data.Examples;
import dev.inlay.data.LabelSpace;
import dev.inlay.data.NotedDataset;
import dev.inlay.data.builtin.BuiltinDataset;
import dev.inlay.data.builtin.BuiltinDataset.Split;
import dev.inlay.data.builtin.BuiltinTask;
import dev.inlay.data.builtin.BuiltinTasks;
import dev.inlay.data.image.ImageDecoder;
import dev.inlay.data.image.TruncatedImages;
import dev.inlay.data.loading.BadImages;
import dev.inlay.data.loading.CheckedExamples;
import dev.inlay.data.loading.DecodedExamples;
import dev.inlay.data.loading.DecodingOptions;
import dev.inlay.data.loading.MaskedExamples;
import dev.inlay.data.source.CsvManifest;
import dev.inlay.data.source.ImageFolder;
import dev.inlay.data.source.JoinedDataset;
import dev.inlay.data.source.JsonSplits;
import dev.inlay.data.source.LabelColumns;
import dev.inlay.data.source.Leaks;
import dev.inlay.data.source.Listed;
import dev.inlay.data.source.MaskFolder;
import dev.inlay.data.source.MaskLists;
import dev.inlay.data.source.SeededSplit;
import dev.inlay.data.source.Splits;
import dev.inlay.data.source.TensorFiles;
import dev.inlay.data.source.VtabLists;
import dev.inlay.data.transform.Augmentation;
import dev.inlay.data.transform.ImageTransform;
import dev.inlay.data.transform.Interpolation;
import dev.inlay.data.transform.MaskAugmentation;
import dev.inlay.data.transform.Resize;
import dev.inlay.data.transform.TrainCrop;
import dev.inlay.error.Abbreviated;
import dev.inlay.error.ConfigException;
import dev.inlay.progress.Progress;
import dev.inlay.tensor.LibTorch;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * The examples of a run.
 *
 * @param splits train, validation, both, test; null where a part was not asked for, empty where the data have none
 * @param transform from an image to the backbone's input; empty for ready-made tensors
 * @param skipped how many images could not be decoded and were left out
 * @param warnings what a reader of the results should know: what was found and is not used, and what was decided for want
 *     of a word
 * @param contents what the files of all parts hold
 */
public record RunData(
        Splits<Examples> splits,
        Optional<ImageTransform> transform,
        long skipped,
        List<String> warnings,
        Contents contents)
        implements AutoCloseable {
    private static final double INCEPTION_CROP = 0.875;
    private static final double FLIP_CHANCE = 0.5;
    private static final int SHARES_OF_CACHE = 4;

    /** The parts of the data that a command may need. */
    public enum DataSplit {
        /** To learn from while settings are chosen. */
        TRAIN,
        /** To choose settings on. */
        VALIDATION,
        /** Both, to learn from once settings are chosen. */
        TRAIN_AND_VALIDATION,
        /** To report on. */
        TEST
    }

    /**
     * Lists the images of a config and decodes the parts that are needed.
     *
     * @param needed other parts are null
     * @param height of the backbone's images
     * @param width of the backbone's images
     * @throws dev.inlay.error.DataException listing what cannot be read
     */
    public static RunData load(
            DataConfig config, Set<DataSplit> needed, int height, int width, long seed, Progress progress) {
        return load(config, needed, height, width, seed, progress, unchecked -> {});
    }

    /**
     * Lists the images of a config and decodes the parts that are needed.
     *
     * @param needed other parts are null
     * @param height of the backbone's images
     * @param width of the backbone's images
     * @param listed gets what is known of the files before any is read; what it throws ends the loading
     * @throws dev.inlay.error.DataException listing what cannot be read
     */
    public static RunData load(
            DataConfig config,
            Set<DataSplit> needed,
            int height,
            int width,
            long seed,
            Progress progress,
            Consumer<Contents> listed) {
        if (config.source() instanceof DataSource.Tensors tensors) {
            Splits<Examples> splits = TensorFiles.read(tensors.train(), tensors.validation(), tensors.test());
            requireSize(splits.train(), height, width);
            Contents contents = contents(tensors);
            listed.accept(contents);
            return new RunData(splits, Optional.empty(), 0, List.of(), contents);
        }
        ImageTransform transform = transform(config, height, width);
        TruncatedImages truncated = truncated(config);
        Listed found = datasets(config, seed, truncated);
        Contents contents = contents(found.splits());
        listed.accept(contents);
        Splits<Dataset> datasets = found.splits().map(dataset -> new NotedDataset(dataset, contents));
        BadImages bad = new BadImages();
        Splits<Examples> splits = new Splits<>(
                        needed.contains(DataSplit.TRAIN) ? datasets.train() : null,
                        needed.contains(DataSplit.VALIDATION) ? datasets.validation() : null,
                        needed.contains(DataSplit.TRAIN_AND_VALIDATION) ? datasets.trainAndValidation() : null,
                        needed.contains(DataSplit.TEST) ? datasets.test() : null)
                .map(dataset -> {
                    if (dataset == null) {
                        return null;
                    }
                    boolean trains = dataset == datasets.train() || dataset == datasets.trainAndValidation();
                    CheckedExamples examples =
                            decode(config, dataset, trains, height, width, seed, progress.of(part(dataset, datasets)));
                    bad.add(examples, trains);
                    return examples;
                });
        List<String> warnings = new ArrayList<>(found.warnings());
        warnings.addAll(bad.settle(config.onBadImage()));
        if (!truncated.names().isEmpty()) {
            warnings.add(sentence(truncated.names()));
        }
        if (needed.size() == DataSplit.values().length) {
            warnings.addAll(new Leaks(datasets, contents).find(config.onLeak() == DataConfig.OnLeak.FAIL));
        }
        return new RunData(splits, Optional.of(transform), bad.count(), warnings, contents);
    }

    /**
     * Decodes the images of a data set, and their masks.
     *
     * @param trains whether they are changed at random
     */
    static CheckedExamples decode(
            DataConfig config, Dataset dataset, boolean trains, int height, int width, long seed, Progress progress) {
        ImageTransform transform = transform(config, height, width);
        return dataset.labels().kind() == LabelSpace.Kind.MASKS
                ? MaskedExamples.decode(
                        dataset,
                        transform,
                        trains ? maskAugmentation(config.augment()) : MaskAugmentation.NONE,
                        seed,
                        decoding(config),
                        progress)
                : DecodedExamples.decode(
                        dataset,
                        transform,
                        trains ? augmentation(config.augment()) : Augmentation.NONE,
                        seed,
                        decoding(config),
                        progress);
    }

    private static DecodingOptions decoding(DataConfig config) {
        return new DecodingOptions(splitCacheBytes(config), workers(config));
    }

    /** The most memory that the decoded images of a split take, in bytes. */
    public static long splitCacheBytes(DataConfig config) {
        return ((long) config.cacheMegabytes() << 20) / SHARES_OF_CACHE;
    }

    /** What can be known of the files of a config without reading one, as {@link #load} knows it. */
    static Contents contents(DataConfig config, long seed) {
        return config.source() instanceof DataSource.Tensors tensors
                ? contents(tensors)
                : contents(datasets(config, seed).splits());
    }

    private static Contents contents(DataSource.Tensors tensors) {
        Contents contents = new Contents();
        Stream.of(Optional.of(tensors.train()), tensors.validation(), tensors.test())
                .flatMap(Optional::stream)
                .forEach(file -> contents.add(file.toString(), file));
        return contents;
    }

    private static Contents contents(Splits<Dataset> splits) {
        Contents contents = new Contents();
        contents.fact("train", splits.train().fingerprint());
        contents.fact("validation", splits.validation().fingerprint());
        contents.fact("trainAndValidation", splits.trainAndValidation().fingerprint());
        contents.fact("test", splits.test().fingerprint());
        for (Dataset dataset :
                List.of(splits.train(), splits.validation(), splits.trainAndValidation(), splits.test())) {
            for (int i = 0; i < dataset.size(); i++) {
                NotedDataset.add(dataset, i, contents);
            }
        }
        return contents;
    }

    private static String part(Dataset dataset, Splits<Dataset> datasets) {
        if (dataset == datasets.train()) {
            return "train";
        }
        return dataset == datasets.validation()
                ? "validation"
                : dataset == datasets.test() ? "test" : "train and validation";
    }

    /** How many threads read images. */
    public static int workers(DataConfig config) {
        return config.workers() > 0 ? config.workers() : LibTorch.threads();
    }

    /** Why a source has no test split, and what to do. */
    public static String withoutTest(DataSource source) {
        if (source instanceof DataSource.Folder folder) {
            return folder.split().test() == 0
                    ? "data.split.test is 0 and " + folder.root() + " has no folder test with images"
                    : folder.root()
                            + " has no folder test with images, and too few images of each class to draw the"
                            + " share " + folder.split().test()
                            + " of them; add images, or set a larger data.split.test";
        }
        if (source instanceof DataSource.Csv csv) {
            return "no row of " + csv.file()
                    + " has the split test, or there are too few rows to draw some; mark rows with"
                    + " it, or leave out the column split to have them drawn";
        }
        if (source instanceof DataSource.Masks masks) {
            return "data.split.test is 0, or draws none of so few images, and " + masks.root()
                    + (masks.train().isPresent() ? " has no list data.test" : " has no folder of images for test");
        }
        if (source instanceof DataSource.Tensors) {
            return "data.test names no file";
        }
        return "its list is empty";
    }

    private static void requireSize(Examples examples, int height, int width) {
        if (examples.height() != height || examples.width() != width) {
            throw new ConfigException("data.train: the images are " + examples.height() + " × " + examples.width()
                    + ", the backbone takes " + height + " × " + width);
        }
    }

    /**
     * Lists the images of a config without opening one.
     *
     * @param config of another type than {@code tensors}
     * @param seed of the run
     * @throws dev.inlay.error.DataException listing what cannot be read or is not there
     */
    public static Listed datasets(DataConfig config, long seed) {
        return datasets(config, seed, truncated(config));
    }

    private static Listed datasets(DataConfig config, long seed, TruncatedImages truncated) {
        ImageDecoder decoder = new ImageDecoder(config.exifOrientation(), config.image(), truncated);
        if (config.source() instanceof DataSource.Folder folder) {
            return ImageFolder.read(folder.root(), split(folder.split(), folder.groups(), seed), decoder);
        }
        if (config.source() instanceof DataSource.Masks masks) {
            SeededSplit split = split(masks.split(), Optional.empty(), seed);
            return masks.train().isPresent()
                    ? new MaskLists(masks.root(), masks.train().get(), masks.validation(), masks.test())
                            .read(masks.reading(), split, decoder)
                    : new MaskFolder(masks.root(), masks.images(), masks.masks()).read(masks.reading(), split, decoder);
        }
        return new Listed(named(config, seed, decoder), List.of());
    }

    /** The images of a source that says of each what it is. */
    private static Splits<Dataset> named(DataConfig config, long seed, ImageDecoder decoder) {
        DataSource source = config.source();
        LabelColumns labels = config.labels();
        if (source instanceof DataSource.Vtab vtab) {
            return new VtabLists(vtab.images(), vtab.train(), vtab.validation(), vtab.trainAndValidation(), vtab.test())
                    .read(vtab.root(), decoder);
        }
        if (source instanceof DataSource.Json json) {
            return new JsonSplits(json.images(), json.train(), json.validation(), json.test())
                    .read(json.root(), labels, decoder);
        }
        if (source instanceof DataSource.Csv csv) {
            return CsvManifest.read(csv.file(), csv.root(), labels, split(csv.split(), csv.groups(), seed), decoder);
        }
        DataSource.Builtin builtin = (DataSource.Builtin) source;
        BuiltinTask task = BuiltinTasks.named(builtin.task());
        BuiltinDataset train = new BuiltinDataset(task, Split.TRAIN, seed, builtin.train(), builtin.size())
                .labelled(labels.kind(), Optional.empty());
        Dataset validation = new BuiltinDataset(task, Split.VALIDATION, seed, builtin.validation(), builtin.size())
                .labelled(labels.kind(), Optional.of(train));
        Dataset test = new BuiltinDataset(task, Split.TEST, seed, builtin.test(), builtin.size())
                .labelled(labels.kind(), Optional.of(train));
        return new Splits<>(train, validation, new JoinedDataset(train, validation), test);
    }

    private static SeededSplit split(SplitConfig split, Optional<String> groups, long seed) {
        // what looks at the data of a cross-validation, and is not a run on one of its folds, sees the first
        Optional<SeededSplit.Fold> fold = split.folds() == 0
                ? Optional.empty()
                : Optional.of(new SeededSplit.Fold(Math.max(1, split.fold()), split.folds()));
        double test = fold.isPresent() ? 0 : split.test();
        return new SeededSplit(split.validation(), test, split.stratify(), groups, fold, seed);
    }

    private static String sentence(List<String> truncated) {
        return truncated.size() + (truncated.size() == 1 ? " truncated image was" : " truncated images were")
                + " used as far as the data go, as data.truncatedImages asks: " + Abbreviated.few(truncated);
    }

    private static TruncatedImages truncated(DataConfig config) {
        return switch (config.truncatedImages()) {
            case REFUSE -> TruncatedImages.refuse();
            case ACCEPT -> TruncatedImages.accept();
        };
    }

    /**
     * From an image to the backbone's input, as a config has it; empty for ready-made tensors.
     *
     * @param height of the backbone's images
     * @param width of the backbone's images
     * @throws ConfigException if the config asks for another size
     */
    public static Optional<ImageTransform> transformOf(DataConfig config, int height, int width) {
        return config.source() instanceof DataSource.Tensors
                ? Optional.empty()
                : Optional.of(transform(config, height, width));
    }

    private static ImageTransform transform(DataConfig config, int height, int width) {
        TransformConfig transform = config.transform();
        if (transform.size() != 0 && (transform.size() != height || transform.size() != width)) {
            throw new ConfigException("data.transform.size: " + transform.size() + " is not what the backbone takes, "
                    + height + " × " + width);
        }
        Interpolation interpolation = transform.interpolation();
        int pixels = transform.resizeTo() != 0
                ? transform.resizeTo()
                : Math.toIntExact(Math.round(Math.min(height, width) / INCEPTION_CROP));
        Resize resize =
                switch (transform.resize()) {
                    case DIRECT, NONE -> new Resize.Exact(height, width, interpolation);
                    case SHORT -> new Resize.ShortSide(pixels, interpolation);
                    case SQUARE -> new Resize.Exact(pixels, pixels, interpolation);
                };
        return new ImageTransform(resize, height, width, transform.normalization(), config.exifOrientation());
    }

    private static MaskAugmentation maskAugmentation(AugmentConfig config) {
        return new MaskAugmentation(config.minScale(), config.maxScale(), config.flip() ? FLIP_CHANCE : 0);
    }

    private static Augmentation augmentation(AugmentConfig config) {
        TrainCrop crop =
                switch (config.crop()) {
                    case CENTER -> new TrainCrop.Center();
                    case RANDOM -> new TrainCrop.Anywhere();
                    case RESIZED ->
                        new TrainCrop.Resized(
                                config.minArea(),
                                TrainCrop.Resized.DEFAULT.maxArea(),
                                TrainCrop.Resized.DEFAULT.minAspect(),
                                TrainCrop.Resized.DEFAULT.maxAspect());
                };
        return new Augmentation(
                crop,
                config.flip() ? FLIP_CHANCE : 0,
                config.verticalFlip() ? FLIP_CHANCE : 0,
                config.randAugment(),
                config.colorJitter(),
                config.randomErasing());
    }

    @Override
    public void close() {
        Stream.of(splits.train(), splits.validation(), splits.trainAndValidation(), splits.test())
                .filter(Objects::nonNull)
                .forEach(Examples::close);
    }
}
