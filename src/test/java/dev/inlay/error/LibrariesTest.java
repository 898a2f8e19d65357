package dev.inlay.error;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.inlay.error.Libraries.Minimum;
import dev.inlay.publishing.Markdown;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Libraries that are too old are named at once. */
class LibrariesTest {
    private static Minimum minimum(String library) {
        return Libraries.MINIMUMS.stream()
                .filter(minimum -> minimum.library().equals(library))
                .findFirst()
                .orElseThrow();
    }

    @ParameterizedTest
    @CsvSource({
        "jackson-core, 2.15.3",
        "jackson-databind, 2.17.99",
        "jackson-dataformat-yaml, 1.20.0",
        "micrometer-core, 1.14.0",
        "micrometer-core, 1.9",
        "slf4j-api, 1.7.36"
    })
    void olderOnesAreRefused(String library, String version) {
        assertThat(minimum(library).problem(version)).hasValueSatisfying(problem -> assertThat(problem)
                .contains(library, " or newer, found " + version, "Spring Boot"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"2.18.0", "2.18.0-rc1", "2.22.3", "3.0.0", "10.1", "unspecified", ""})
    void newerOnesAndThoseOfNoKnownVersionAreTaken(String version) {
        assertThat(minimum("jackson-core").problem(version)).isEmpty();
    }

    @Test
    void theTypesAreThereAndTellTheirVersions() throws ClassNotFoundException {
        for (Minimum minimum : Libraries.MINIMUMS) {
            assertThat(Class.forName(minimum.type()).getPackage().getImplementationVersion())
                    .as(minimum.library())
                    .matches("\\d+\\.\\d+.*");
        }
        assertThatCode(Libraries::require).doesNotThrowAnyException();
    }

    /** The profile pins the very first release of each minimum, and the page names it. */
    @Test
    void theProfileTestsWithExactlyThem() throws IOException {
        String profile =
                Files.readString(Path.of("pom.xml")).replaceFirst("(?s).*<id>minimums</id>(.*?)</profile>.*", "$1");
        Markdown page = Markdown.of("docs/publishing.md");
        for (Minimum minimum : Libraries.MINIMUMS) {
            String property = minimum.library().replaceFirst("-.*", "") + ".version";
            Matcher pinned =
                    Pattern.compile("<" + Pattern.quote(property) + ">([^<]+)<").matcher(profile);
            assertThat(pinned.find()).as(property).isTrue();
            assertThat(pinned.group(1)).isEqualTo(minimum.major() + "." + minimum.minor() + ".0");
            assertThat(page.row(minimum.library())).contains(minimum.major() + "." + minimum.minor());
        }
    }
}
