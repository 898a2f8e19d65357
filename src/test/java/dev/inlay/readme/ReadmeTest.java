package dev.inlay.readme;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.inlay.cli.Main;
import dev.inlay.config.RunConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

class ReadmeTest {
    private static final Path README = Path.of("README.md");
    private static final Path PROGRAM = Path.of("src/test/java/dev/inlay/readme/TuneAndPredict.java");

    @Test
    void itsProgramIsTheOneThatIsRun() throws IOException {
        String shown = only("```java\n(.*?)```", Files.readString(README));
        String run = only("// README: begin\n(.*?) *// README: end", Files.readString(PROGRAM));
        assertThat(shown).isEqualTo(run.stripTrailing().stripIndent() + "\n");
        assertThat(shown.lines().count()).isLessThan(20);
    }

    @Test
    void itsTestCommandIsTheOneOfContinuousIntegration() throws IOException {
        String command = only("\\*\\*Test\\*\\*.*?\n\n {4}(mvn [^\n]*)\n", Files.readString(README));
        assertThat(Files.readAllLines(Path.of(".ci/run"))).contains(command);
    }

    @ParameterizedTest
    @MethodSource("commands")
    void everyCommandIsAccepted(String command) {
        String[] words = command.split(" +");
        assertThatCode(() -> new CommandLine(new Main())
                        .setCaseInsensitiveEnumValuesAllowed(true)
                        .parseArgs(words))
                .doesNotThrowAnyException();
    }

    @ParameterizedTest
    @MethodSource("commandsOnCommittedConfigs")
    void everySettingBehindACommittedConfigIsAccepted(String command) {
        List<String> words = List.of(command.split(" +"));
        List<String> settings =
                words.stream().filter(word -> word.matches("[A-Za-z.]+=.*")).toList();
        assertThatCode(() -> RunConfig.read(Path.of(words.get(1)), settings)).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @MethodSource("pages")
    void everyLinkLeadsSomewhere(Path page) throws IOException {
        Path folder = page.toAbsolutePath().getParent();
        List<String> broken = matches("\\]\\(([^)]+)\\)", Files.readString(page))
                .map(match -> match.group(1).replaceAll("#.*", ""))
                .filter(link -> !link.isEmpty() && !link.startsWith("http"))
                .filter(link -> !Files.exists(folder.resolve(link)))
                .toList();
        assertThat(broken).isEmpty();
    }

    static Stream<Path> pages() throws IOException {
        try (Stream<Path> docs = Files.list(Path.of("docs"))) {
            return Stream.concat(
                    Stream.of(README, Path.of("CONTRIBUTING.md"), Path.of("THIRD-PARTY.md")),
                    docs.filter(file -> file.toString().endsWith(".md")))
                    .toList()
                    .stream();
        }
    }

    /** The lines of pages and of heads of configs that are one command, without its first word. */
    static Stream<String> commands() throws IOException {
        List<Path> files = new ArrayList<>(pages().toList());
        try (Stream<Path> configs = Files.list(Path.of("configs/run"))) {
            configs.forEach(files::add);
        }
        List<String> commands = new ArrayList<>();
        for (Path file : files) {
            matches("(?m)^(?:#? +)?(?:bin/)?inlay ([a-z-].*)$", Files.readString(file))
                    .forEach(match -> commands.add(match.group(1)));
        }
        assertThat(commands).hasSizeGreaterThan(10);
        return commands.stream().distinct();
    }

    static Stream<String> commandsOnCommittedConfigs() throws IOException {
        return commands().filter(command -> command.matches("(tune|sensitivity|evaluate) configs/.*"));
    }

    private static Stream<MatchResult> matches(String pattern, String text) {
        return Pattern.compile(pattern).matcher(text).results();
    }

    private static String only(String pattern, String text) {
        Matcher matcher = Pattern.compile(pattern, Pattern.DOTALL).matcher(text);
        List<String> found = new ArrayList<>();
        while (matcher.find()) {
            found.add(matcher.group(1));
        }
        assertThat(found).as(pattern).hasSize(1);
        return found.get(0);
    }
}
