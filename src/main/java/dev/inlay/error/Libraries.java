package dev.inlay.error;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The oldest versions of other libraries that Inlay works with. A program that brings older ones would otherwise learn of it by a missing
 * method, anywhere and at any time. {@code docs/publishing.md} lists them; the Maven profile {@code minimums} tests with them.
 */
public final class Libraries {
    private static final Pattern VERSION = Pattern.compile("(\\d{1,4})\\.(\\d{1,4}).*");

    /**
     * @param library as people call it
     * @param type one of its classes
     * @param advice what to do in a program whose framework brings it
     */
    record Minimum(String library, String type, int major, int minor, String advice) {
        /** What is wrong with a version; empty if nothing is, or nobody says which it is. */
        Optional<String> problem(String version) {
            Matcher parts = VERSION.matcher(version == null ? "" : version);
            if (!parts.matches()) {
                return Optional.empty();
            }
            int foundMajor = Integer.parseInt(parts.group(1));
            boolean enough = foundMajor == major ? Integer.parseInt(parts.group(2)) >= minor : foundMajor > major;
            return enough
                    ? Optional.empty()
                    : Optional.of(library + ": expected " + major + "." + minor + " or newer, found " + version + "; "
                            + advice);
        }
    }

    static final List<Minimum> MINIMUMS = List.of(
            jackson("jackson-core", "com.fasterxml.jackson.core.JsonFactory"),
            jackson("jackson-databind", "com.fasterxml.jackson.databind.ObjectMapper"),
            jackson("jackson-dataformat-yaml", "com.fasterxml.jackson.dataformat.yaml.YAMLFactory"),
            jackson("jackson-dataformat-csv", "com.fasterxml.jackson.dataformat.csv.CsvFactory"),
            new Minimum(
                    "micrometer-core",
                    "io.micrometer.core.instrument.MeterRegistry",
                    1,
                    15,
                    "with Spring Boot set the property micrometer.version"),
            new Minimum(
                    "slf4j-api", "org.slf4j.LoggerFactory", 2, 0, "with Spring Boot set the property slf4j.version"));

    private static volatile boolean known;

    private Libraries() {}

    private static Minimum jackson(String library, String type) {
        return new Minimum(library, type, 2, 18, "with Spring Boot set the property jackson-bom.version");
    }

    /**
     * To be called wherever the library may be entered; cheap after the first time.
     *
     * @throws ConfigException naming every library on the class path that is too old
     */
    public static void require() {
        if (known) {
            return;
        }
        List<String> problems = new ArrayList<>();
        MINIMUMS.forEach(minimum -> minimum.problem(version(minimum.type())).ifPresent(problems::add));
        if (!problems.isEmpty()) {
            throw new ConfigException("Inlay needs newer libraries on the class path", problems);
        }
        known = true;
    }

    /** What a library's archive says of itself; null if it is not there or does not say. */
    private static String version(String type) {
        try {
            return Class.forName(type, false, Libraries.class.getClassLoader())
                    .getPackage()
                    .getImplementationVersion();
        } catch (ClassNotFoundException | LinkageError e) {
            return null;
        }
    }
}
