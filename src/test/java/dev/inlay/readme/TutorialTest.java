package dev.inlay.readme;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The code that {@code docs/tutorial.md} shows is the code that runs here, and it prints what the page shows. */
class TutorialTest {
    private static final Path PAGE = Path.of("docs/tutorial.md");
    private static final Path PROGRAM = Path.of("src/test/java/dev/inlay/readme/Tutorial.java");

    @Test
    void itsImportsAndStepsAreThoseOfTheProgram() throws IOException {
        String program = Files.readString(PROGRAM);
        List<String> run = new ArrayList<>();
        run.add(String.join("\n", parts("(?m)^(import .*?)$", program)) + "\n");
        parts("// Step: begin\n(.*?) *// Step: end", program)
                .forEach(step -> run.add(step.stripTrailing().stripIndent() + "\n"));
        assertThat(blocks("java")).hasSizeGreaterThan(3).containsExactlyInAnyOrderElementsOf(run);
    }

    @Test
    void itPrintsWhatThePageShows(@TempDir Path folder) throws IOException, InterruptedException {
        Files.writeString(folder.resolve("orientation.yaml"), blocks("yaml").get(0));

        String printed = LibraryJvm.run(Tutorial.class, folder);

        assertThat(withoutMeasurements(printed)).isEqualTo(withoutMeasurements(String.join("", blocks("text"))));
    }

    /** Accuracies and answers may differ between kinds of CPUs, and SLF4J warns that it has no provider. All else is the same. */
    private static String withoutMeasurements(String printed) {
        return printed.replaceAll("(?m)^SLF4J.*\\R", "")
                .replaceAll("(?m)\\d+[.,]\\d %", "x %")
                .replaceAll("(?m)^(\\w+/test/\\d+): .*; it is", "$1: x; it is");
    }

    private static List<String> blocks(String language) throws IOException {
        return parts("(?m)^```" + language + "\n(.*?)^```$", Files.readString(PAGE));
    }

    private static List<String> parts(String pattern, String text) {
        return Pattern.compile(pattern, Pattern.DOTALL)
                .matcher(text)
                .results()
                .map(part -> part.group(1))
                .toList();
    }
}
