package dev.inlay.proposal;

import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.dataformat.csv.CsvMapper;
import com.fasterxml.jackson.dataformat.csv.CsvParser;
import com.fasterxml.jackson.dataformat.csv.CsvSchema;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What the cells of a manifest say about the kind of its labels. */
final class ManifestLabels {
    private static final int MAX_ROWS = 10_000;
    private static final Set<String> OTHERS = Set.of("path", "split");
    private static final Pattern WHOLE = Pattern.compile("[-+]?\\d+");
    private static final Pattern ZERO_OR_ONE = Pattern.compile("[01](\\.0*)?");
    private static final Pattern NUMBER = Pattern.compile("[-+]?(\\d+\\.?\\d*|\\.\\d+)([eE][-+]?\\d+)?");

    private ManifestLabels() {}

    /**
     * The keys below {@code data} that say it; none for one class in the column {@code label}, and where the file cannot be read,
     * which its reader tells.
     */
    static List<String> keys(Path manifest) {
        List<Map<String, String>> rows = rows(manifest);
        if (rows.isEmpty()) {
            return List.of();
        }
        if (!rows.get(0).containsKey("label")) {
            return ofColumns(rows);
        }
        List<String> cells = rows.stream()
                .map(row -> row.getOrDefault("label", ""))
                .filter(cell -> !cell.isEmpty())
                .toList();
        if (all(cells, NUMBER) && !all(cells, WHOLE)) {
            return List.of("labels: numbers # the labels are numbers with decimals; a range of them is no class");
        }
        return Stream.of("|", ";")
                .filter(separator -> isSeparator(separator, cells))
                .findFirst()
                .map(separator -> List.of(
                        "labels: multi # labels such as " + Yaml.text(example(separator, cells))
                                + " name several classes",
                        "labelSeparator: " + Yaml.text(separator)))
                .orElse(List.of());
    }

    /** Without a column {@code label}, the columns whose every cell is a number. */
    private static List<String> ofColumns(List<Map<String, String>> rows) {
        List<String> columns = rows.get(0).keySet().stream()
                .filter(column -> !OTHERS.contains(column))
                .filter(column -> all(cells(rows, column), NUMBER))
                .toList();
        if (columns.isEmpty()) {
            return List.of();
        }
        boolean classes = columns.stream().allMatch(column -> all(cells(rows, column), ZERO_OR_ONE));
        return List.of(
                classes
                        ? "labels: multi # each of these columns is 0 or 1"
                        : "labels: numbers # every cell of these columns is a number; leave out those that are no labels",
                "labelColumns: [" + columns.stream().map(Yaml::text).collect(Collectors.joining(", ")) + "]");
    }

    private static List<String> cells(List<Map<String, String>> rows, String column) {
        return rows.stream().map(row -> row.getOrDefault(column, "")).toList();
    }

    private static boolean all(List<String> cells, Pattern pattern) {
        return !cells.isEmpty()
                && cells.stream().allMatch(cell -> pattern.matcher(cell).matches());
    }

    /** Whether a sign stands between names that other labels have on their own or beside others. */
    private static boolean isSeparator(String separator, List<String> cells) {
        List<List<String>> parts = cells.stream()
                .map(cell -> List.of(cell.split(Pattern.quote(separator))))
                .toList();
        long distinct = parts.stream().flatMap(List::stream).distinct().count();
        return parts.stream().anyMatch(names -> names.size() > 1)
                && distinct < cells.stream().distinct().count();
    }

    private static String example(String separator, List<String> cells) {
        return cells.stream()
                .filter(cell -> cell.contains(separator))
                .findFirst()
                .orElseThrow();
    }

    private static List<Map<String, String>> rows(Path manifest) {
        try (MappingIterator<Map<String, String>> lines = new CsvMapper()
                .readerForMapOf(String.class)
                .with(CsvSchema.emptySchema().withHeader())
                .with(CsvParser.Feature.TRIM_SPACES)
                .with(CsvParser.Feature.SKIP_EMPTY_LINES)
                .readValues(manifest.toFile())) {
            List<Map<String, String>> rows = new ArrayList<>();
            while (rows.size() < MAX_ROWS && lines.hasNextValue()) {
                rows.add(lines.nextValue());
            }
            return rows;
        } catch (IOException e) {
            return List.of();
        }
    }
}
