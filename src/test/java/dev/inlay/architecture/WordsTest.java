package dev.inlay.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Names and prose are the field's: one class name is one thing, and pages, help and messages say what others say. */
class WordsTest {
    private static final Path SOURCES = Path.of("src/main/java");

    /** Phrases of a dialect of our own, each with the field's word. */
    private static final Map<String, String> OWN = Map.ofEntries(
            Map.entry("goes on with", "resumes, continues with"),
            Map.entry("the same command goes on", "rerun the same command to resume"),
            Map.entry("taken up again", "resumed"),
            Map.entry("to the bit", "bit-identical, bit for bit"),
            Map.entry("what does not hold yet", "known limitations"),
            Map.entry("says what is on pictures", "classifies images"),
            Map.entry("tunes a backbone as a config says", "fine-tunes a backbone as configured"),
            Map.entry("taken for which", "predicted as, confusion matrix"),
            Map.entry("how to get this again", "reproducing this run"),
            Map.entry("weight of the squared norm", "L2 penalty"),
            Map.entry("drawn pictures", "synthetic images"),
            Map.entry("drawn images", "synthetic images"),
            Map.entry("drawn tasks", "synthetic tasks"));

    private static final Pattern LITERAL =
            Pattern.compile("\"\"\".*?\"\"\"|\"(?:[^\"\\\\\n]|\\\\.)*\"", Pattern.DOTALL);
    private static final Pattern JOINED = Pattern.compile("\"\\s*\\+\\s*\"");

    @Test
    void everyClassNameIsOneThing() {
        Map<String, List<Path>> byName = files(SOURCES, ".java").stream()
                .filter(file -> !file.endsWith("package-info.java"))
                .collect(Collectors.groupingBy(
                        file -> file.getFileName().toString(), TreeMap::new, Collectors.toList()));
        assertThat(byName).hasSizeGreaterThan(100);
        assertThat(byName.values()).allSatisfy(files -> assertThat(files).hasSize(1));
    }

    @Test
    void pagesUseTheFieldsWords() {
        List<Path> pages = Stream.of(
                        files(Path.of("docs"), ".md"),
                        files(Path.of("configs"), ".yaml"),
                        List.of(Path.of("README.md"), Path.of("CONTRIBUTING.md")))
                .flatMap(List::stream)
                .toList();
        assertThat(pages).hasSizeGreaterThan(20).allSatisfy(page -> requireFieldWords(page, text(page)));
    }

    @Test
    void helpAndMessagesUseTheFieldsWords() {
        assertThat(files(SOURCES, ".java")).hasSizeGreaterThan(100).allSatisfy(file -> {
            String literals = LITERAL.matcher(JOINED.matcher(text(file)).replaceAll(""))
                    .results()
                    .map(found -> found.group())
                    .collect(Collectors.joining("\n"));
            requireFieldWords(file, literals);
        });
    }

    private static void requireFieldWords(Path file, String text) {
        String plain = text.toLowerCase(Locale.ROOT).replaceAll("\\s+", " ");
        OWN.forEach((phrase, word) -> assertThat(plain.contains(phrase))
                .as("%s: \"%s\"; say: %s", file, phrase, word)
                .isFalse());
    }

    private static List<Path> files(Path folder, String suffix) {
        try (Stream<Path> all = Files.walk(folder)) {
            return all.filter(file -> file.toString().endsWith(suffix)).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
