package dev.inlay.data.source;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.dataformat.csv.CsvMapper;
import com.fasterxml.jackson.dataformat.csv.CsvParser;
import com.fasterxml.jackson.dataformat.csv.CsvSchema;
import dev.inlay.data.Dataset;
import dev.inlay.data.image.ImageDecoder;
import dev.inlay.data.source.ImageFiles.LabelledFile;
import dev.inlay.error.DataException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * A CSV file (RFC 4180, UTF-8 with or without a byte order mark) whose header names the columns {@code path}, {@code label} and, if wanted, {@code split}
 * ({@code train}, {@code val} or {@code validation}, {@code test}); other columns are passed over. Labels are texts or
 * whole numbers; the classes are those of the rows to train on, in the order of their names, or of their values if all
 * are whole numbers. Without a column {@code split} everything is divided at random; with one, what lacks for
 * validation is drawn from train.
 */
public final class CsvManifest {
    private CsvManifest() {}

    /**
     * Reads the manifest; no picture is opened yet.
     *
     * @param file the CSV file
     * @param root the folder its paths start at
     * @param split what to draw where the file does not say
     * @param decoder reads the pictures
     * @throws DataException naming every line with a missing picture, a picture listed twice, an empty label, a label
     *     that is tested but not trained, or an unknown split
     */
    public static Splits<Dataset> read(Path file, Path root, SeededSplit split, ImageDecoder decoder) {
        Problems problems = new Problems();
        List<Row> rows = rows(file, problems);
        problems.throwIfAny(file.toString());
        check(rows, root, problems);
        Map<Part, List<Row>> byPart = rows.stream().collect(Collectors.groupingBy(Row::part));
        List<Row> train = byPart.getOrDefault(Part.TRAIN, byPart.getOrDefault(Part.DRAWN, List.of()));
        if (train.isEmpty()) {
            problems.add(file.toString(), "no row to train on");
        }
        List<String> classNames = classNames(train);
        Function<Part, List<LabelledFile>> files =
                part -> files(byPart.getOrDefault(part, List.of()), root, classNames, problems);
        SeededSplit.Parts parts;
        if (byPart.containsKey(Part.DRAWN)) {
            parts = split.divide(files.apply(Part.DRAWN));
        } else if (byPart.containsKey(Part.VALIDATION)) {
            parts = new SeededSplit.Parts(
                    files.apply(Part.TRAIN), files.apply(Part.VALIDATION), files.apply(Part.TEST));
        } else {
            parts = split.divide(files.apply(Part.TRAIN), files.apply(Part.TEST));
        }
        problems.throwIfAny(file.toString());
        return ImageFiles.splits(file.toString(), classNames, parts, decoder);
    }

    private enum Part {
        TRAIN,
        VALIDATION,
        TEST,
        /** Not said: divided at random. */
        DRAWN
    }

    private record Row(int line, String path, String label, Part part) {
        String place() {
            return "line " + line;
        }
    }

    private static List<Row> rows(Path file, Problems problems) {
        CsvSchema schema = CsvSchema.emptySchema().withHeader();
        try (MappingIterator<Map<String, String>> lines = new CsvMapper()
                .readerForMapOf(String.class)
                .with(schema)
                .with(CsvParser.Feature.TRIM_SPACES)
                .with(CsvParser.Feature.SKIP_EMPTY_LINES)
                .readValues(Files.newInputStream(file))) {
            List<Row> rows = new ArrayList<>();
            while (lines.hasNextValue()) {
                CsvSchema columns = (CsvSchema) lines.getParserSchema();
                if (columns.column("path") == null || columns.column("label") == null) {
                    problems.add(
                            "line 1",
                            "expected columns path, label and perhaps split; found " + columns.getColumnNames());
                    break;
                }
                int line = lines.getCurrentLocation().getLineNr();
                rows.add(row(line, lines.nextValue(), columns.column("split") != null, problems));
            }
            return rows;
        } catch (NoSuchFileException e) {
            throw new DataException(file + ": the manifest is missing", e);
        } catch (JsonProcessingException e) {
            throw new DataException(
                    file + " line " + e.getLocation().getLineNr() + ": not CSV: " + e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw new DataException(file + ": the manifest cannot be read: " + e.getMessage(), e);
        }
    }

    private static Row row(int line, Map<String, String> cells, boolean split, Problems problems) {
        String path = cells.getOrDefault("path", "");
        String label = cells.getOrDefault("label", "");
        if (path.isEmpty() || label.isEmpty()) {
            problems.add("line " + line, "expected a path and a label, found " + cells);
        }
        Part part = split ? part(line, cells.getOrDefault("split", ""), problems) : Part.DRAWN;
        return new Row(line, path, label, part);
    }

    private static Part part(int line, String split, Problems problems) {
        return switch (split) {
            case "train" -> Part.TRAIN;
            case "val", "valid", "validation" -> Part.VALIDATION;
            case "test" -> Part.TEST;
            default -> {
                problems.add("line " + line, "split: expected train, val, validation or test; found \"" + split + "\"");
                yield Part.TRAIN;
            }
        };
    }

    private static void check(List<Row> rows, Path root, Problems problems) {
        Map<String, Row> seen = new HashMap<>();
        for (Row row : rows) {
            Row before = seen.putIfAbsent(row.path, row);
            if (before != null) {
                problems.add(row.place(), row.path + " is already listed in " + before.place());
            } else if (!Files.isRegularFile(root.resolve(row.path))) {
                problems.add(row.place(), row.path + " is missing below " + root);
            }
        }
    }

    private static List<String> classNames(List<Row> train) {
        List<String> labels = train.stream().map(Row::label).distinct().toList();
        Comparator<String> order = labels.stream().allMatch(label -> label.matches("-?\\d{1,18}"))
                ? Comparator.comparingLong(Long::parseLong)
                : Comparator.naturalOrder();
        return labels.stream().sorted(order).toList();
    }

    private static List<LabelledFile> files(List<Row> rows, Path root, List<String> classNames, Problems problems) {
        Map<String, Integer> labels = new HashMap<>();
        classNames.forEach(name -> labels.put(name, labels.size()));
        List<LabelledFile> files = new ArrayList<>();
        for (Row row : rows) {
            Integer label = labels.get(row.label);
            if (label == null) {
                problems.add(row.place(), "label " + row.label + " does not occur among the rows to train on");
            } else {
                files.add(new LabelledFile(row.path, root.resolve(row.path), label));
            }
        }
        return files;
    }
}
