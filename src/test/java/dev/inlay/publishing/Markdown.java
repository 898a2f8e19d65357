package dev.inlay.publishing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A page of the documentation as the facts that tests read: what its headings name, what its tables list, and its blocks of
 * code. Everything else on a page may be written anew.
 */
public record Markdown(String text) {
    private static final Pattern FENCE = Pattern.compile("(?ms)^ *```(\\w*)\n(.*?)^ *```$");
    private static final Pattern HEADING = Pattern.compile("(?m)^(#+) (.*)$");
    private static final Pattern TABLE = Pattern.compile("(?m)(?:^ *\\|.*\\|\n?)+");
    private static final Pattern NAME = Pattern.compile("`([^`]+)`");

    /** A table: its rows are cells, without the headings and the line below them. */
    public record Table(List<String> headings, List<List<String>> rows) {
        /** Every name in backticks in a column; all columns for -1. */
        public List<String> names(int column) {
            return rows.stream()
                    .flatMap(row -> column < 0 ? row.stream() : Stream.of(row.get(column)))
                    .flatMap(cell -> Markdown.names(cell).stream())
                    .toList();
        }

        /** What stands in a column, which may be in backticks, of the row whose first cell is {@code row}. */
        public String cell(String row, String column) {
            int index = headings.stream().map(Markdown::plain).toList().indexOf(column);
            return rows.stream()
                    .filter(cells -> plain(cells.get(0)).equals(row))
                    .map(cells -> cells.get(index))
                    .findFirst()
                    .orElseThrow(() -> new AssertionError("no row " + row));
        }

        /** The first cells, without backticks. */
        public List<String> keys() {
            return rows.stream().map(cells -> plain(cells.get(0))).toList();
        }
    }

    public static Markdown of(String file) {
        try {
            return new Markdown(Files.readString(Path.of(file)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What stands below the first heading that has {@code words} in it, of whatever level; case does not matter. */
    public Markdown under(String words) {
        String prose = withoutCode();
        List<MatchResult> headings = HEADING.matcher(prose).results().toList();
        for (int i = 0; i < headings.size(); i++) {
            MatchResult heading = headings.get(i);
            if (heading.group(2).toLowerCase(Locale.ROOT).contains(words.toLowerCase(Locale.ROOT))) {
                int level = heading.group(1).length();
                int end = headings.stream()
                        .skip(i + 1L)
                        .filter(next -> next.group(1).length() <= level)
                        .mapToInt(MatchResult::start)
                        .findFirst()
                        .orElse(text.length());
                return new Markdown(text.substring(heading.end(), end));
            }
        }
        throw new AssertionError("no heading has " + words + " in it");
    }

    /** The page without the part {@code under} a heading. */
    public Markdown without(String words) {
        return new Markdown(text.replace(under(words).text, ""));
    }

    /** The tables that have all of these columns, which may be in backticks. */
    public List<Table> tables(String... columns) {
        return TABLE.matcher(withoutCode())
                .results()
                .map(table -> table.group().lines().map(Markdown::cells).toList())
                .map(lines -> new Table(lines.get(0), lines.subList(2, lines.size())))
                .filter(table ->
                        table.headings().stream().map(Markdown::plain).toList().containsAll(List.of(columns)))
                .toList();
    }

    /** The names in the first column of every table that lists one of {@code known} there. */
    public List<String> listed(Collection<String> known) {
        return tables().stream()
                .map(table -> table.names(0))
                .filter(names -> names.stream().anyMatch(known::contains))
                .flatMap(List::stream)
                .toList();
    }

    /** The row of a table whose first cell names {@code name} alone or among others. */
    public List<String> row(String name) {
        return tables().stream()
                .flatMap(table -> table.rows().stream())
                .filter(row -> row.stream().anyMatch(cell -> names(cell).contains(name)))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no table has a row of " + name));
    }

    /** The blocks of code of a language, without their fences. */
    public List<String> code(String language) {
        return FENCE.matcher(text)
                .results()
                .filter(block -> block.group(1).equals(language))
                .map(block -> block.group(2))
                .toList();
    }

    /** What stands in backticks. */
    public static List<String> names(String words) {
        return NAME.matcher(words).results().map(name -> name.group(1)).toList();
    }

    /** The text with blanks in place of blocks of code, so that offsets stay. */
    private String withoutCode() {
        return FENCE.matcher(text).replaceAll(block -> block.group().replaceAll("[^\n]", " "));
    }

    private static String plain(String cell) {
        return cell.replace("`", "");
    }

    private static List<String> cells(String line) {
        List<String> cells = new ArrayList<>();
        Arrays.stream(line.strip().split("(?<!\\\\)\\|"))
                .skip(1)
                .map(String::strip)
                .forEach(cells::add);
        return cells;
    }
}
