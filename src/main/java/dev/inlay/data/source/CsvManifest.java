package dev.inlay.data.source;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.dataformat.csv.CsvMapper;
import com.fasterxml.jackson.dataformat.csv.CsvParser;
import com.fasterxml.jackson.dataformat.csv.CsvSchema;
import dev.inlay.data.Dataset;
import dev.inlay.data.LabelSpace;
import dev.inlay.data.image.ImageDecoder;
import dev.inlay.data.source.ImageFiles.LabelledFile;
import dev.inlay.error.DataException;
import dev.inlay.error.StorageException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * A CSV file (RFC 4180, UTF-8 with or without a byte order mark) whose header names the columns {@code path}, {@code label} and, if wanted, {@code split}
 * ({@code train}, {@code validation}, {@code test}, or as {@link SplitName} spells them); other columns are passed over. Labels are texts or
 * whole numbers; the classes are those of the rows to train on, in the order of their names, or of their values if all
 * are whole numbers. Without a column {@code split} everything is divided at random; with one, what lacks for
 * validation is drawn from train. With other {@link LabelColumns}, an image may have several classes, or none, or numbers.
 */
public final class CsvManifest {
    private CsvManifest() {}

    /**
     * Reads the manifest; no image is opened yet.
     *
     * @param file the CSV file
     * @param root the folder its paths start at
     * @param split what to draw where the file does not say
     * @param decoder reads the images
     * @throws DataException naming every line with a missing image, an image listed twice, an empty label, a label
     *     that is tested but not trained, or an unknown split
     */
    public static Splits<Dataset> read(Path file, Path root, SeededSplit split, ImageDecoder decoder) {
        return read(file, root, LabelColumns.SINGLE, split, decoder);
    }

    /**
     * Reads a manifest of any labels; no image is opened yet. Classes are those of the rows to train on where a column names them,
     * else the columns in their order.
     *
     * @param file the CSV file
     * @param root the folder its paths start at
     * @param columns where its labels are
     * @param split what to draw where the file does not say
     * @param decoder reads the images
     * @throws DataException as {@link #read(Path, Path, SeededSplit, ImageDecoder)}, and naming every line with a number that is
     *     missing or not finite
     */
    public static Splits<Dataset> read(
            Path file, Path root, LabelColumns columns, SeededSplit split, ImageDecoder decoder) {
        DatasetProblems problems = new DatasetProblems();
        ListedPaths paths = new ListedPaths(root);
        Rows rows = rows(file, paths, columns, split.groups(), problems);
        problems.throwIfAny(file.toString());
        check(rows.all, paths, problems);
        Map<SplitName, List<Row>> bySplit = rows.all.stream().collect(Collectors.groupingBy(Row::split));
        List<Row> train = bySplit.getOrDefault(SplitName.TRAIN, List.of());
        if (train.isEmpty()) {
            problems.add(file.toString(), "no row to train on");
        }
        List<String> classNames = columns.isOfNames()
                ? LabelColumns.ordered(train.stream().flatMap(row -> columns.classes(row.label).stream()))
                : columns.required();
        if (classNames.isEmpty() && !train.isEmpty()) {
            problems.add(file.toString(), "no row to train on has a class");
        }
        Function<SplitName, List<LabelledFile>> files =
                name -> files(bySplit.getOrDefault(name, List.of()), columns, classNames, problems);
        Optional<List<LabelledFile>> validation =
                Optional.of(files.apply(SplitName.VALIDATION)).filter(given -> !given.isEmpty());
        Optional<List<LabelledFile>> test =
                Optional.of(files.apply(SplitName.TEST)).filter(given -> rows.divided);
        Groups together = split.groups().isEmpty()
                ? Groups.NONE
                : new Groups(
                        rows.all.stream().collect(Collectors.toMap(Row::path, Row::group, (first, again) -> first)));
        SeededSplit.Parts parts = split.divide(
                columns.kind(), classNames, files.apply(SplitName.TRAIN), validation, test, together, problems);
        problems.throwIfAny(file.toString());
        return ImageFiles.splits(
                file.toString(),
                columns.space(classNames, parts.train().stream().map(LabelledFile::target)),
                parts,
                decoder);
    }

    /**
     * What a manifest says.
     *
     * @param divided whether it has a column {@code split}; without, every row is one of train
     */
    private record Rows(List<Row> all, boolean divided) {}

    /**
     * A line.
     *
     * @param label the classes in its column of names; empty where there is none
     * @param numbers those in its columns of numbers
     */
    private record Row(
            int line, String path, Path file, String label, List<Float> numbers, SplitName split, String group) {
        String place() {
            return "line " + line;
        }
    }

    private static Rows rows(
            Path file, ListedPaths paths, LabelColumns labels, Optional<String> groups, DatasetProblems problems) {
        CsvSchema schema = CsvSchema.emptySchema().withHeader();
        try (MappingIterator<Map<String, String>> lines = new CsvMapper()
                .readerForMapOf(String.class)
                .with(schema)
                .with(CsvParser.Feature.TRIM_SPACES)
                .with(CsvParser.Feature.SKIP_EMPTY_LINES)
                .readValues(TextLines.text(file, "the manifest"))) {
            List<Row> rows = new ArrayList<>();
            boolean divided = false;
            while (lines.hasNextValue()) {
                CsvSchema columns = (CsvSchema) lines.getParserSchema();
                if (columns.column("path") == null
                        || labels.required().stream().anyMatch(name -> columns.column(name) == null)) {
                    problems.add(
                            "line 1",
                            "expected columns path, " + String.join(", ", labels.required())
                                    + " and perhaps split; found " + columns.getColumnNames());
                    break;
                }
                if (groups.isPresent() && columns.column(groups.get()) == null) {
                    problems.add(
                            "line 1",
                            "expected a column " + groups.get() + " as data.groups says; found "
                                    + columns.getColumnNames());
                    break;
                }
                divided = columns.column("split") != null;
                int line = lines.getCurrentLocation().getLineNr();
                rows.add(row(line, lines.nextValue(), labels, divided, groups, paths, problems));
            }
            return new Rows(rows, divided);
        } catch (JsonProcessingException e) {
            throw new DataException(
                    file + " line " + e.getLocation().getLineNr() + ": not CSV: " + e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw new DataException(file + ": the manifest cannot be read: " + StorageException.reason(e), e);
        }
    }

    private static Row row(
            int line,
            Map<String, String> cells,
            LabelColumns labels,
            boolean divided,
            Optional<String> groups,
            ListedPaths paths,
            DatasetProblems problems) {
        String path = cells.getOrDefault("path", "");
        String label = labels.isOfNames() ? cells.getOrDefault("label", "") : "";
        if (path.isEmpty() || labels.kind() == LabelSpace.Kind.SINGLE && label.isEmpty()) {
            problems.add("line " + line, "expected a path and a label, found " + cells);
        }
        List<Float> numbers = labels.isOfNames() ? List.of() : numbers(line, cells, labels, problems);
        SplitName split = divided ? split(line, cells.getOrDefault("split", ""), problems) : SplitName.TRAIN;
        String group = groups.map(column -> cells.getOrDefault(column, "")).orElse("");
        if (groups.isPresent() && group.isEmpty()) {
            problems.add("line " + line, "expected a group in column " + groups.get() + ", found nothing");
        }
        ListedPaths.Listed listed = paths.resolve(path);
        return new Row(line, listed.id(), listed.file(), label, numbers, split, group);
    }

    private static List<Float> numbers(
            int line, Map<String, String> cells, LabelColumns labels, DatasetProblems problems) {
        List<Float> numbers = new ArrayList<>();
        for (String column : labels.required()) {
            String cell = cells.getOrDefault(column, "");
            float number = labels.number(cell);
            if (!Float.isFinite(number)) {
                problems.add(
                        "line " + line,
                        column + ": expected " + labels.expected() + ", found "
                                + (cell.isEmpty() ? "nothing" : "\"" + cell + "\""));
            }
            numbers.add(number);
        }
        return numbers;
    }

    private static SplitName split(int line, String split, DatasetProblems problems) {
        return SplitName.of(split).orElseGet(() -> {
            problems.add("line " + line, "split: expected train, val, validation or test; found \"" + split + "\"");
            return SplitName.TRAIN;
        });
    }

    private static void check(List<Row> rows, ListedPaths paths, DatasetProblems problems) {
        Map<String, Row> seen = new HashMap<>();
        for (Row row : rows) {
            Row before = seen.putIfAbsent(row.path, row);
            if (before != null) {
                problems.add(row.place(), row.path + " is already listed in " + before.place());
            } else {
                paths.problem(row.file).ifPresent(problem -> problems.add(row.place(), row.path + problem));
            }
        }
    }

    private static List<LabelledFile> files(
            List<Row> rows, LabelColumns columns, List<String> classNames, DatasetProblems problems) {
        Map<String, Integer> indices = LabelColumns.indices(classNames);
        List<LabelledFile> files = new ArrayList<>();
        for (Row row : rows) {
            List<String> classes = columns.isOfNames() ? columns.classes(row.label) : List.of();
            List<String> unknown =
                    classes.stream().filter(name -> !indices.containsKey(name)).toList();
            unknown.forEach(
                    name -> problems.add(row.place(), "label " + name + " does not occur among the rows to train on"));
            if (unknown.isEmpty()) {
                List<Float> target = columns.isOfNames() ? columns.target(classes, indices) : row.numbers;
                files.add(new LabelledFile(row.path, row.file, target));
            }
        }
        return files;
    }
}
