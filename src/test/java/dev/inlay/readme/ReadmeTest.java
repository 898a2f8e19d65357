package dev.inlay.readme;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.inlay.cli.Main;
import dev.inlay.config.RunConfig;
import dev.inlay.publishing.Markdown;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
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
        String program = Files.readString(PROGRAM);
        String imports =
                matches("(?m)^import .*\n", program).map(MatchResult::group).collect(Collectors.joining());
        List<String> run = matches("(?s)// README: begin\n(.*?) *// README: end", program)
                .map(part -> imports + "\n" + part.group(1).stripTrailing().stripIndent() + "\n")
                .toList();
        assertThat(Markdown.of("README.md").code("java")).isNotEmpty().containsExactlyInAnyOrderElementsOf(run);
    }

    @Test
    void itsTestCommandIsTheOneOfContinuousIntegration() throws IOException {
        List<String> commands = matches("(?m)^ *(mvn .*)$", Files.readString(README))
                .map(command -> command.group(1))
                .toList();
        assertThat(commands).isNotEmpty();
        assertThat(Files.readAllLines(Path.of(".ci/run"))).containsAll(commands);
    }

    @ParameterizedTest
    @MethodSource("commands")
    void everyCommandIsAccepted(String command) {
        String[] words = command.replaceFirst(" > \\S+$", "").split(" +");
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

    @ParameterizedTest
    @MethodSource("pages")
    void everyLinkToAHeadingFindsIt(Path page) throws IOException {
        Path folder = page.toAbsolutePath().getParent();
        List<String> broken = new ArrayList<>();
        for (MatchResult link :
                matches("\\]\\(([^)#:]*)#([^)]+)\\)", Files.readString(page)).toList()) {
            Path target = link.group(1).isEmpty() ? page : folder.resolve(link.group(1));
            if (target.toString().endsWith(".md")
                    && !anchors(Files.readString(target)).contains(link.group(2))) {
                broken.add(link.group());
            }
        }
        assertThat(broken).isEmpty();
    }

    /** What the headings of a page are linked by. */
    private static Set<String> anchors(String page) {
        return matches("(?m)^#+ (.*)$", page)
                .map(heading -> heading.group(1)
                        .replaceAll("\\[([^\\]]*)\\]\\([^)]*\\)", "$1")
                        .toLowerCase(Locale.ROOT)
                        .replaceAll("[^\\p{L}\\p{N}_\\- ]", "")
                        .replace(' ', '-'))
                .collect(Collectors.toSet());
    }

    static Stream<Path> pages() throws IOException {
        try (Stream<Path> docs = Files.list(Path.of("docs"))) {
            return Stream.concat(
                    Stream.of(README, Path.of("CONTRIBUTING.md"), Path.of("CHANGELOG.md"), Path.of("THIRD-PARTY.md")),
                    docs.filter(file -> file.toString().endsWith(".md")))
                    .toList()
                    .stream();
        }
    }

    /** The lines of pages and of heads of configs that are one command, without its first word and as a shell expands them. */
    static Stream<String> commands() throws IOException {
        List<Path> files = new ArrayList<>(pages().toList());
        try (Stream<Path> configs = Files.list(Path.of("configs/run"))) {
            configs.forEach(files::add);
        }
        List<String> commands = new ArrayList<>();
        for (Path file : files) {
            matches("(?m)^(?:#? +)?(?:bin/)?inlay ([a-z-].*)$", Files.readString(file))
                    .forEach(match -> commands.add(match.group(1).replaceAll("\"\\$\\w+\"", "model.safetensors")));
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
}
