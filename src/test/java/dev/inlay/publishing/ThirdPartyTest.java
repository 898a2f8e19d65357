package dev.inlay.publishing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * {@code THIRD-PARTY.md} names every library that Maven resolves for run time, in its version, and no other. Maven lists them
 * in {@code third-party.txt} before the tests run.
 */
class ThirdPartyTest {
    private static final Path PAGE = Path.of("THIRD-PARTY.md");
    private static final String MKL = "org.bytedeco:mkl";

    /** Group, artifact, type, classifier where there is one, version, scope. */
    private static final Pattern RESOLVED = Pattern.compile(
            "(?m)^ +([\\w.-]+:[\\w.-]+):jar:(?:[\\w-]+:)?([\\w.-]+):(?:compile|runtime)( \\(optional\\))?");

    /** Artifact, version, licence, where its text is. */
    private static final Pattern ROW =
            Pattern.compile("(?m)^\\| `([\\w.-]+:[\\w.-]+)` \\| ([^|]+) \\| ([^|]+) \\| ([^|]+) \\|$");

    @Test
    void everyLibraryIsListedInItsVersionAndNoOther() throws IOException {
        Map<String, String> resolved = versions(resolved());
        Map<String, String> listed = versions(rows(Files.readString(PAGE)));
        if (!resolved.containsKey(MKL)) { // there is none for this system
            listed.remove(MKL);
        }
        assertThat(resolved).containsKeys("org.bytedeco:pytorch", "io.javalin:javalin", "org.yaml:snakeyaml");
        assertThat(listed).isEqualTo(resolved);
    }

    @Test
    void optionalLibrariesAreInTheTableOfTheCommandLine() throws IOException {
        Map<String, String> optional = versions(
                resolved().stream().filter(library -> library.group(3) != null).toList());
        assertThat(optional).isNotEmpty();
        assertThat(versions(
                        rows(Markdown.of("THIRD-PARTY.md").under("command line").text())))
                .isEqualTo(optional);
    }

    @Test
    void everyRowNamesALicenceAndWhereItsTextIs() throws IOException {
        assertThat(rows(Files.readString(PAGE))).allSatisfy(row -> {
            assertThat(row.group(3)).containsPattern("Apache|BSD|MIT|EPL|CC0|GPL");
            assertThat(row.group(4)).containsPattern("in its jar, `META-INF`|\\]\\((https://|LICENSE\\))");
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"LICENSE", "NOTICE", "THIRD-PARTY.md"})
    void theJarCarries(String file) throws IOException {
        assertThat(Path.of("target/classes/META-INF", file)).hasSameTextualContentAs(Path.of(file));
    }

    private static Map<String, String> versions(List<MatchResult> artifacts) {
        Map<String, String> versions = new TreeMap<>();
        artifacts.forEach(artifact -> versions.put(artifact.group(1), artifact.group(2)));
        return versions;
    }

    private static List<MatchResult> rows(String page) {
        return ROW.matcher(page).results().toList();
    }

    private static List<MatchResult> resolved() throws IOException {
        try (InputStream list = ThirdPartyTest.class.getResourceAsStream("/third-party.txt")) {
            assertThat(list)
                    .as("third-party.txt, which Maven writes in process-test-classes")
                    .isNotNull();
            return RESOLVED.matcher(new String(list.readAllBytes(), StandardCharsets.UTF_8))
                    .results()
                    .toList();
        }
    }
}
