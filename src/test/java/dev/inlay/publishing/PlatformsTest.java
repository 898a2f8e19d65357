package dev.inlay.publishing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.inlay.tensor.LibTorch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The systems that {@code pom.xml} has profiles for are those that the program and the pages promise. */
class PlatformsTest {
    private static final Pattern PROFILE = Pattern.compile(
            "<id>([\\w-]+)</id>(?:(?!<id>).)*<javacpp.platform>([\\w-]+)</javacpp.platform>", Pattern.DOTALL);

    @Test
    void everyProfileSetsItsOwnPlatformAndLibTorchKnowsIt() throws IOException {
        List<MatchResult> profiles =
                PROFILE.matcher(Files.readString(Path.of("pom.xml"))).results().toList();
        assertThat(profiles).allSatisfy(profile -> assertThat(profile.group(1)).isEqualTo(profile.group(2)));
        assertThat(profiles)
                .extracting(profile -> profile.group(1))
                .containsExactlyInAnyOrderElementsOf(LibTorch.PLATFORMS);
    }

    @Test
    void thePageHasARowForEveryProfileAndNoOther() {
        assertThat(Markdown.of("docs/platforms.md").tables())
                .anySatisfy(table -> assertThat(new TreeSet<>(table.names(1)))
                        .containsAll(LibTorch.PLATFORMS)
                        .allMatch(profile -> profile.equals("gpu") || LibTorch.PLATFORMS.contains(profile)));
    }

    @Test
    void theReadmeNamesNoOtherClassifier() throws IOException {
        assertThat(Pattern.compile("`((?:linux|macosx|windows)-[\\w]+)`")
                        .matcher(Files.readString(Path.of("README.md")))
                        .results()
                        .map(match -> match.group(1)))
                .isNotEmpty()
                .allSatisfy(platform -> assertThat(LibTorch.PLATFORMS).contains(platform));
    }
}
