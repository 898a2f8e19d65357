package dev.inlay.architecture;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The tables of {@code docs/architecture.md} that say what may import what.
 *
 * @param packages package below the base, or a class in the base itself → packages it may import besides the shared ones
 * @param libraries package prefix of a library → packages that may import it
 * @param shared packages that every other may import
 */
record ImportTable(Map<String, Allowed> packages, Map<String, Set<String>> libraries, Set<String> shared) {
    /**
     * What one package may import.
     *
     * @param all true if everything but {@code names} is allowed, false if nothing but them
     * @param names packages
     */
    record Allowed(boolean all, Set<String> names) {}

    private static final Pattern NAME = Pattern.compile("`([A-Za-z.]+)`");

    static ImportTable read() {
        String page;
        try {
            page = Files.readString(Path.of("docs/architecture.md"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        List<String[]> packageRows = rows(page, "| package | idea | may import");
        Map<String, Allowed> packages = new LinkedHashMap<>();
        for (String[] row : packageRows) {
            Allowed allowed = new Allowed(row[2].contains("anything"), names(row[2]));
            names(row[0].replaceAll("\\(.*?\\)", "")).forEach(name -> packages.put(name, allowed));
        }
        Map<String, Set<String>> libraries = new LinkedHashMap<>();
        for (String[] row : rows(page, "| library | only imported by")) {
            names(row[0]).forEach(library -> libraries.put(library, names(row[1])));
        }
        String header = page.substring(page.indexOf("| package | idea | may import"));
        return new ImportTable(packages, libraries, names(header.substring(0, header.indexOf('\n'))));
    }

    private static List<String[]> rows(String page, String header) {
        int start = page.indexOf(header);
        if (start < 0) {
            throw new IllegalStateException("docs/architecture.md has no table that starts with " + header);
        }
        List<String[]> rows = new ArrayList<>();
        for (String line : page.substring(start).lines().skip(2).toList()) {
            if (!line.startsWith("|")) {
                break;
            }
            rows.add(line.substring(1).split("\\|"));
        }
        return rows;
    }

    private static Set<String> names(String cell) {
        Set<String> names = new TreeSet<>();
        Matcher matcher = NAME.matcher(cell);
        while (matcher.find()) {
            names.add(matcher.group(1));
        }
        return names;
    }
}
