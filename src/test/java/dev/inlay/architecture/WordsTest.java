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

    /** What the pages for readers say otherwise; decisions are records and are held to less. */
    private static final Map<String, String> PROSE = Map.ofEntries(
            Map.entry("goes on", "continues, resumes"),
            Map.entry("whoever", "anyone who, you"),
            Map.entry("at hand", "available"),
            Map.entry("of one's own", "your own, separate"),
            Map.entry("made-up", "synthetic"),
            Map.entry("trained numbers", "trained parameters"),
            Map.entry("products of tokens", "token-wise linear layers"),
            Map.entry("the way of the data", "data flow"),
            Map.entry("picture", "image"));

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
        assertThat(pages()).hasSizeGreaterThan(30).allSatisfy(page -> {
            requireFieldWords(page, text(page), OWN);
            if (!page.endsWith("decisions.md")) {
                requireFieldWords(page, text(page), PROSE);
            }
        });
    }

    @Test
    void helpAndMessagesUseTheFieldsWords() {
        assertThat(files(SOURCES, ".java")).hasSizeGreaterThan(100).allSatisfy(file -> {
            String literals = LITERAL.matcher(JOINED.matcher(text(file)).replaceAll(""))
                    .results()
                    .map(found -> found.group())
                    .collect(Collectors.joining("\n"));
            requireFieldWords(file, literals, OWN);
        });
    }

    private static List<Path> pages() {
        return Stream.of(
                        files(Path.of("docs"), ".md"),
                        files(Path.of("configs"), ".yaml"),
                        files(Path.of("python"), "README.md"),
                        files(Path.of("scripts"), "README.md"),
                        Stream.of("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "THIRD-PARTY.md")
                                .map(Path::of)
                                .toList())
                .flatMap(List::stream)
                .toList();
    }

    private static void requireFieldWords(Path file, String text, Map<String, String> words) {
        String plain = text.toLowerCase(Locale.ROOT).replaceAll("\\s+", " ");
        words.forEach((phrase, word) -> assertThat(plain.contains(phrase))
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
