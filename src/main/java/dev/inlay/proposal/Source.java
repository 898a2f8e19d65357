package dev.inlay.proposal;

import dev.inlay.config.RunConfig;
import dev.inlay.data.Dataset;
import dev.inlay.data.LabelSpace;
import dev.inlay.data.source.Listed;
import dev.inlay.data.source.Splits;
import dev.inlay.error.DataException;
import dev.inlay.inputs.RunData;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/**
 * How a folder says which image belongs to which class, with the images that it lists.
 *
 * @param kind in words, for people
 * @param keys below {@code data}, in their order
 * @param listed the images, none of them opened
 */
record Source(String kind, List<String> keys, Listed listed) {
    /** The share of the images that is drawn for validation, where a class has enough. */
    private static final double VALIDATION = 0.1;

    private static final double TEST = 0.2;

    /** A share of 0.6 of an image is rounded to one. */
    private static final double ONE_IMAGE = 0.6;

    /**
     * Finds lists in a folder, or folders named by class.
     *
     * @param photos a folder, or a manifest in CSV
     * @throws DataException if nothing in it says which image belongs to which class
     */
    static Source find(Path photos) {
        Source found = look(photos);
        Splits<Dataset> splits = found.listed.splits();
        if (splits.validation().size() == 0 || splits.test().size() == 0) {
            throw new DataException(photos
                    + ": too few images of each class to hold some out for validation and test; there have to be three of"
                    + " a class, and twenty are a start");
        }
        return found;
    }

    private static Source look(Path photos) {
        if (Files.isRegularFile(photos)) {
            if (photos.toString().toLowerCase(Locale.ROOT).endsWith(".csv")) {
                return csv(photos);
            }
            throw new DataException(photos + ": expected a folder of images or a CSV file of their paths and labels,"
                    + " found another file");
        }
        String root = "root: " + Yaml.text(photos.toString());
        if (Files.exists(photos.resolve("train800.txt"))) {
            return new Source("in lists as VTAB-1k has them", List.of("type: vtab", root));
        }
        if (Files.exists(photos.resolve("train.json"))) {
            List<String> keys = List.of("type: json", root);
            try {
                return new Source("in JSON splits as VPT has them", keys);
            } catch (DataException e) {
                if (!Files.isDirectory(photos.resolve("images"))) {
                    throw e;
                }
                return new Source("in JSON splits as VPT has them", List.of("type: json", root, "images: images"));
            }
        }
        List<Path> manifests = manifests(photos);
        return manifests.size() == 1 ? csv(manifests.get(0)) : folders(root);
    }

    private Source(String kind, List<String> keys) {
        this(kind, keys, list(keys));
    }

    private static Source csv(Path manifest) {
        return new Source(
                "in the manifest " + manifest.getFileName(),
                Stream.concat(
                                Stream.of("type: csv", "file: " + Yaml.text(manifest.toString())),
                                ManifestLabels.keys(manifest).stream())
                        .toList());
    }

    /** Draws at least an image of most classes for each part that has no folder. */
    private static Source folders(String root) {
        Source usual = folders(root, VALIDATION, TEST);
        Splits<Dataset> splits = usual.listed.splits();
        if (!splits.validation().isDrawn() && !splits.test().isDrawn()) {
            return new Source(usual.kind, List.of("type: folder", root), usual.listed);
        }
        double least = Math.ceil(100 * ONE_IMAGE / Math.max(3, typical(splits))) / 100;
        return least <= VALIDATION ? usual : folders(root, Math.max(VALIDATION, least), Math.max(TEST, least));
    }

    private static Source folders(String root, double validation, double test) {
        return new Source(
                "in a folder for each class",
                List.of(
                        "type: folder",
                        root,
                        "split: {validation: " + validation + ", test: " + test
                                + ", stratify: true} # shares of every class, drawn where there is no folder"));
    }

    private static Listed list(List<String> keys) {
        String yaml = "data:\n  " + String.join("\n  ", keys);
        return RunData.datasets(
                RunConfig.parse(yaml, Path.of("").toAbsolutePath(), List.of()).data(), 0);
    }

    /** How many images of the class in the middle can be divided. */
    private static int typical(Splits<Dataset> splits) {
        Map<String, Integer> counts = counts(splits.trainAndValidation());
        if (splits.test().isDrawn()) {
            counts(splits.test()).forEach((name, count) -> counts.merge(name, count, Integer::sum));
        }
        List<Integer> sorted = counts.values().stream().sorted().toList();
        return sorted.get((sorted.size() - 1) / 2);
    }

    /** How many images each class has; none where the labels are numbers. */
    static Map<String, Integer> counts(Dataset dataset) {
        if (dataset.labels().kind() == LabelSpace.Kind.NUMBERS) {
            return Map.of();
        }
        Map<String, Integer> counts = new LinkedHashMap<>();
        dataset.classNames().forEach(name -> counts.put(name, 0));
        for (int i = 0; i < dataset.size(); i++) {
            dataset.labels()
                    .examplesOf(dataset.target(i))
                    .forEach(label -> counts.merge(dataset.classNames().get(label), 1, Integer::sum));
        }
        return counts;
    }

    /** CSV files whose first line names the columns of a manifest. */
    private static List<Path> manifests(Path folder) {
        List<Path> found = new ArrayList<>();
        if (!Files.isDirectory(folder)) {
            return found;
        }
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "*.{csv,CSV}")) {
            for (Path file : files) {
                if (Files.isRegularFile(file) && hasColumns(file)) {
                    found.add(file);
                }
            }
        } catch (IOException e) {
            return List.of(); // the listing of the folder says so
        }
        return found;
    }

    private static boolean hasColumns(Path file) throws IOException {
        try (BufferedReader lines = Files.newBufferedReader(file)) {
            String first = lines.readLine();
            List<String> columns = first == null ? List.of() : List.of(first.split("[,\\s\"\ufeff]+"));
            return columns.contains("path")
                    && (columns.contains("label") || !ManifestLabels.keys(file).isEmpty());
        }
    }
}
