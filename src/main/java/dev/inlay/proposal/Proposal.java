package dev.inlay.proposal;

import dev.inlay.config.RunConfig;
import dev.inlay.data.Dataset;
import dev.inlay.data.LabelSpace;
import dev.inlay.data.source.Splits;
import dev.inlay.error.Abbreviated;
import dev.inlay.error.DataException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * A config to fine-tune a backbone on some images, in YAML, with comments that say what was seen and what is assumed. The same
 * images give the same text.
 */
public final class Proposal {
    private static final int MAX_NAMED = 20;
    private static final int FEW_IMAGES = 10;
    private static final int FEW_TESTED = 500;
    private static final int IMBALANCE = 10;

    /** A mirrored half and a crop of at least this part of the image suit most photos. */
    private static final String CROP = "crop: resized, minArea: 0.35";

    private final Path photos;
    private final ProposedBackbone backbone;
    private final Source source;
    private final Splits<Dataset> splits;
    private final ImageSample sample;

    private Proposal(Path photos, ProposedBackbone backbone) {
        this.photos = photos;
        this.backbone = backbone;
        this.source = Source.find(photos);
        this.splits = source.listed().splits();
        this.sample = ImageSample.of(List.of(splits.trainAndValidation(), splits.test()));
        if (sample.sizes().isEmpty()) {
            throw new DataException(photos + ": no image of " + sample.read()
                    + " that were read can be decoded, such as " + sample.bad().get(0));
        }
    }

    /**
     * Looks at some images, reads at most {@value ImageSample#MAX_IMAGES} of them, and proposes a config.
     *
     * @param photos a folder of class folders, perhaps below folders of splits; or one with lists as VTAB-1k has them, with JSON
     *     splits or with a CSV manifest; or that manifest
     * @param backbone to tune
     * @return the config in YAML; its paths are absolute, but for a backbone that has yet to be downloaded
     * @throws DataException if there are no images, or no classes to tell apart
     * @throws dev.inlay.error.ConfigException if there is no backbone of the name
     */
    public static String of(Path photos, ProposedBackbone backbone) {
        String yaml = new Proposal(photos.toAbsolutePath().normalize(), backbone).yaml();
        RunConfig.parse(yaml, Path.of("").toAbsolutePath(), List.of());
        return yaml;
    }

    private String yaml() {
        StringBuilder yaml = new StringBuilder(Yaml.comment(
                "A proposal of inlay init. Check what it assumes, then run (docs/config.md has every key)"));
        yaml.append("#   bin/inlay tune run.yaml --out runs/").append(name()).append("\n#\n");
        yaml.append("# Seen:\n");
        seen().forEach(sentence -> yaml.append(Yaml.comment("- " + sentence)));
        yaml.append("#\n# Assumed:\n");
        assumed().forEach(sentence -> yaml.append(Yaml.comment("- " + sentence)));
        yaml.append("\nname: ").append(Yaml.text(name())).append("\nseed: 0\nbackbone:\n");
        yaml.append("  name: ").append(backbone.name()).append('\n');
        yaml.append("  file: ").append(Yaml.text(backbone.file().toString())).append('\n');
        yaml.append("data:\n");
        source.keys().forEach(key -> yaml.append("  ").append(key).append('\n'));
        yaml.append("  transform: {resize: direct, normalize: ")
                .append(backbone.normalize())
                .append("}\n");
        yaml.append("  augment: {flip: ")
                .append(againstMirroring().isEmpty())
                .append(", ")
                .append(CROP)
                .append("}\n");
        if (!sample.bad().isEmpty()) {
            yaml.append("  onBadImage: skip\n");
        }
        yaml.append(method());
        return yaml.toString();
    }

    private String method() {
        int images = splits.train().size();
        int batch = images < 2_000 ? 32 : 64;
        int epochs = images <= 2_000 ? 20 : images <= 10_000 ? 10 : images <= 100_000 ? 5 : 3;
        return "method: {type: spt, budget: 0.5%} # of the backbone's weights, where the gradient is largest\n"
                + "sensitivity: {memory: recompute} # the same scores in half the memory\n"
                + "train:\n  epochs: " + epochs + "\n  batchSize: " + batch
                + "\n  evaluationBatchSize: 32\n  learningRate: 1.0e-3\n"
                + "  select: best # keeps the epoch that is best on the validation images\n"
                + "  patience: 5 # ends training after so many epochs without a better one\n";
    }

    private String name() {
        String name =
                photos.getFileName() == null ? "photos" : photos.getFileName().toString();
        return name.matches("[\\w.-]+") ? name.replaceFirst("(?i)\\.csv$", "") : "photos";
    }

    private List<String> seen() {
        List<String> seen = new ArrayList<>();
        Map<String, Integer> counts = Source.counts(splits.trainAndValidation());
        Map<String, Integer> tested = Source.counts(splits.test());
        Map<String, Integer> all = counts.entrySet().stream()
                .collect(Collectors.toMap(
                        Map.Entry::getKey,
                        count -> count.getValue() + tested.getOrDefault(count.getKey(), 0),
                        (a, b) -> a,
                        LinkedHashMap::new));
        LabelSpace labels = splits.train().labels();
        seen.add(String.format(
                Locale.ROOT,
                "%,d images of %,d %s, %s: %s",
                splits.trainAndValidation().size() + splits.test().size(),
                labels.size(),
                labels.kind() == LabelSpace.Kind.NUMBERS
                        ? "numbers (" + String.join(", ", labels.names()) + ")"
                        : "classes",
                source.kind(),
                photos));
        if (!all.isEmpty()) {
            seen.add(classes(all));
        }
        seen.add(sizes());
        if (sample.turned() > 0) {
            seen.add(sample.turned() + " of the " + sample.read()
                    + " have an orientation tag (EXIF); they are turned upright before anything else");
        }
        if (!sample.bad().isEmpty()) {
            seen.add(sample.bad().size() + " of the " + sample.read()
                    + " cannot be decoded, so such images are left out (onBadImage: skip): "
                    + sample.bad().get(0));
        }
        seen.add(divided());
        nested().ifPresent(seen::add);
        if (backbone.published().isPresent()) {
            seen.add(
                    "the backbone's own mean and standard deviation, in the config.json next to its weights (normalize)");
        }
        seen.addAll(source.listed().warnings());
        return seen;
    }

    private String classes(Map<String, Integer> counts) {
        List<Map.Entry<String, Integer>> bySize = new ArrayList<>(counts.entrySet());
        bySize.sort(Map.Entry.comparingByValue(Comparator.naturalOrder()));
        Map.Entry<String, Integer> smallest = bySize.get(0);
        Map.Entry<String, Integer> largest = bySize.get(bySize.size() - 1);
        String text = counts.size() <= MAX_NAMED
                ? "images by class: " + named(counts.entrySet().stream().toList()) + "; the smallest class is "
                        + smallest.getKey() + " with " + smallest.getValue()
                : "the smallest classes: " + named(bySize.subList(0, 3)) + "; the largest: "
                        + named(bySize.subList(bySize.size() - 3, bySize.size()));
        if (smallest.getValue() < FEW_IMAGES) {
            text += "; fewer than " + FEW_IMAGES + " images of a class are few, add more if you can";
        }
        if (isSingle() && largest.getValue() > IMBALANCE * smallest.getValue()) {
            text +=
                    "; classes are imbalanced, so look at the mean per class in the report, too, and try train.classWeights: balanced";
        }
        return text;
    }

    private static String named(List<Map.Entry<String, Integer>> counts) {
        return counts.stream()
                .map(count -> count.getKey() + " " + count.getValue())
                .collect(Collectors.joining(", "));
    }

    private String sizes() {
        List<ImageSample.Size> sizes = sample.sizes();
        ImageSample.Size smallest = sizes.get(0);
        ImageSample.Size largest = sizes.get(sizes.size() - 1);
        return smallest.equals(largest)
                ? sample.read() + " images were read: " + smallest + " pixels each"
                : sample.read() + " images were read: " + smallest + " to " + largest + " pixels, " + sample.median()
                        + " in the middle";
    }

    private String divided() {
        int test = splits.test().size();
        String drawn = splits.validation().isDrawn() && splits.test().isDrawn()
                ? "validation and test are drawn by the seed"
                : splits.validation().isDrawn()
                        ? "test is given, validation is drawn from train by the seed"
                        : splits.test().isDrawn()
                                ? "validation is given, test is drawn from train by the seed"
                                : "all three are given";
        return String.format(
                Locale.ROOT,
                "%,d images to train on, %,d for validation, %,d to test on: %s%s",
                splits.train().size(),
                splits.validation().size(),
                test,
                drawn,
                test < FEW_TESTED && isSingle()
                        ? String.format(Locale.ROOT, "; a test image is %.1f points of accuracy", 100.0 / test)
                                + (splits.validation().isDrawn()
                                                && splits.test().isDrawn()
                                        ? "; data.split.folds: 5 would test on every image"
                                        : "")
                        : "");
    }

    /** Folders below those of classes. */
    private Optional<String> nested() {
        if (!isSingle()) {
            return Optional.empty();
        }
        Dataset train = splits.trainAndValidation();
        List<String> deeper = new ArrayList<>();
        for (int i = 0; i < train.size(); i++) {
            String label = train.classNames().get(train.label(i));
            String[] parts = train.id(i).split("/");
            int of = parts[0].equals(label) ? 0 : 1;
            if (source.keys().contains("type: folder")
                    && parts.length > of + 2
                    && parts[of].equals(label)
                    && !deeper.contains(label + "/" + parts[of + 1])) {
                deeper.add(label + "/" + parts[of + 1]);
            }
        }
        return deeper.isEmpty()
                ? Optional.empty()
                : Optional.of("folders below a class folder belong to its class (" + Abbreviated.few(deeper)
                        + "); if they are classes, move them up");
    }

    private boolean isSingle() {
        return splits.train().labels().kind() == LabelSpace.Kind.SINGLE;
    }

    private Optional<String> againstMirroring() {
        if (splits.train().labels().kind() == LabelSpace.Kind.NUMBERS) {
            return Optional.of("a number may be of a side or a place");
        }
        return Labels.againstMirroring(splits.train().classNames());
    }

    private List<String> assumed() {
        List<String> assumed = new ArrayList<>();
        if (!backbone.given()) {
            assumed.add("the weights of " + backbone.name() + " are next to this file as " + backbone.file()
                    + "; `bin/inlay pull " + backbone.name() + ".fb_in1k` downloads them and prints their path, which"
                    + " `--backbone` of inlay init or the key backbone.file takes");
        }
        if (backbone.published().isEmpty()) {
            assumed.add(normalization());
        }
        assumed.add(againstMirroring()
                .map(why -> "training does not mirror images, because " + why + " (flip: false)")
                .orElse("a mirrored photo shows the same class; set flip: false where left and right matter, as in"
                        + " text, hands and traffic signs"));
        assumed.add("a crop of a third of a photo still shows its class; set crop: center where details at the edge"
                + " decide");
        assumed.add("all of an image matters more than its proportions, so it is squeezed into a square; resize: short"
                + " keeps them and crops the centre");
        if (sample.median().shortSide() < 112) {
            assumed.add("images are small and are enlarged for the backbone; that costs accuracy");
        }
        if (isSingle()
                && source.keys().contains("type: csv")
                && splits.train().classNames().stream().allMatch(name -> name.matches("[-+]?\\d+"))) {
            assumed.add(
                    "the whole numbers in the column label are classes; data.labels: numbers has them predicted as numbers");
        }
        assumed.add("paths are absolute; a relative one starts at the folder of this file");
        return assumed;
    }

    /** What the backbone's name suggests. */
    private String normalization() {
        String usual =
                switch (backbone.normalize()) {
                    case "imagenet" ->
                        "ImageNet's mean and standard deviation (normalize: imagenet), as DeiT, Swin, most ConvNeXts, DINOv2"
                                + " and DINOv3 are";
                    case "inception" ->
                        "pixels from -1 to 1 (normalize: inception), as AugReg's vit_… are; MAE's and DINO's take imagenet";
                    default -> "CLIP's mean and standard deviation, as most of CLIP's and EVA's are";
                };
        return "the backbone was trained with " + usual + "; pretrained_cfg in timm's config.json names them";
    }
}
