package dev.inlay.readme;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The programs of {@code examples} run on the library alone. */
class ExamplesTest {
    private static final Path EXAMPLES = Path.of("examples").toAbsolutePath();
    private static final String RESULT = "run: \\d+\\.\\d % of 200 images correct \\(linear probing \\d+\\.\\d %\\); ";

    @TempDir
    private Path folder;

    @Test
    void theMavenProgramRuns() throws IOException, InterruptedException {
        String library = String.join(File.pathSeparator, LibraryJvm.classPath());
        Path classes = folder.resolve("classes");
        int problems = ToolProvider.getSystemJavaCompiler()
                .run(
                        null,
                        null,
                        null,
                        "-proc:none",
                        "-d",
                        classes.toString(),
                        "-cp",
                        library,
                        EXAMPLES.resolve("maven/src/main/java/example/TuneAndPredict.java")
                                .toString());
        assertThat(problems).isZero();
        assertThat(LibraryJvm.run("example.TuneAndPredict", classes + File.pathSeparator + library, folder))
                .containsPattern("(?m)^" + RESULT + "lora on builtin; trained [\\d,]+ and a head of \\d+ of")
                .containsPattern("(?m)^orientation/test/2: [a-z ]+ \\(\\d+\\.\\d %\\)$");
    }

    @Test
    void theScriptForJshellRuns() throws IOException, InterruptedException {
        String printed = LibraryJvm.run(
                List.of(
                        LibraryJvm.tool("jshell"),
                        "-J-Djava.util.prefs.userRoot=" + folder,
                        "-R-Djava.awt.headless=true",
                        "--class-path",
                        String.join(File.pathSeparator, LibraryJvm.classPath()),
                        EXAMPLES.resolve("tune.jsh").toString()),
                folder);
        assertThat(printed).containsPattern("(?m)^" + RESULT + "lora on").containsPattern("(?m)^" + RESULT + "spt on");
    }

    @Test
    void theMavenProgramDependsOnThisVersion() throws IOException {
        assertThat(version(Files.readString(EXAMPLES.resolve("maven/pom.xml"))))
                .isEqualTo(version(Files.readString(Path.of("pom.xml"))));
    }

    private static String version(String pom) {
        Matcher version = Pattern.compile(
                        "<groupId>dev.inlay</groupId>\\s*<artifactId>inlay</artifactId>\\s*<version>(.*?)</version>")
                .matcher(pom);
        assertThat(version.find()).isTrue();
        return version.group(1);
    }
}
