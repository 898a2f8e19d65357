package dev.inlay.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a person, and what a program, sees of a run. */
class TuneCommandTest {
    private static final String EPOCH = "epoch \\d/4  loss \\S+  (val|train) +\\S+ %  lr \\S+  \\S+ img/s";

    @TempDir
    private Path folder;

    @Test
    void aLinePerEpochGoesToStandardErrorAndTheLogAndTheResultToStandardOutput() throws IOException {
        Cli cli = tune();
        assertThat(cli.code()).as(cli.err()).isZero();
        assertThat(cli.err().lines().filter(line -> line.matches(EPOCH))).hasSize(4);
        assertThat(cli.err().lines().filter(line -> line.matches("train with seed 6: " + EPOCH)))
                .hasSize(4);
        assertThat(cli.err()).doesNotContain("try 1 of 2: epoch", "\u001b");
        List<String> log = Files.readAllLines(out().resolve("run.log"));
        assertThat(log.stream().filter(line -> line.matches(".* try \\d of 2: " + EPOCH)))
                .hasSize(2 * 4);
        assertThat(log.stream().filter(line -> line.matches(".* dev\\.inlay\\S+ " + EPOCH)))
                .hasSize(4);
        assertThat(cli.out().lines().map(line -> line.split(" {2,}")[0]))
                .containsSubsequence("test accuracy", "repeated", "chosen", "trained", "task", "report");
        assertThat(cli.out()).contains("linear probing ", ", chance ", " over 2 seeds", "best of 2 trials");
        assertThat(cli.out().lines()).allMatch(line -> line.length() <= 80 || line.contains(folder.toString()));
        assertThat(log)
                .anyMatch(line -> line.endsWith("test accuracy: "
                        + cli.out().lines().findFirst().orElseThrow().split(" {2,}", 2)[1]));
    }

    @Test
    void quietShowsTheResultAlone() {
        Cli cli = tune("--quiet");
        assertThat(cli.code()).isZero();
        assertThat(cli.err()).isEmpty();
        assertThat(cli.out()).startsWith("test accuracy   ");
    }

    @Test
    void jsonIsOneLineWithTheNumbersOfMetricsJson() throws IOException {
        Cli cli = tune("--json");
        assertThat(cli.code()).as(cli.err()).isZero();
        assertThat(cli.out()).hasLineCount(1);
        JsonNode json = new ObjectMapper().readTree(cli.out());
        JsonNode metrics = new ObjectMapper().readTree(Files.readString(out().resolve("metrics.json")));
        assertThat(json.path("test")).isEqualTo(metrics.path("test"));
        assertThat(json.path("baselines")).isEqualTo(metrics.path("baselines"));
        assertThat(json.at("/chosen/settings/train.learningRate").textValue()).isIn("1e-3", "1e-2");
        assertThat(json.path("repeats")).hasSize(1);
        assertThat(json.at("/verdict/sentence").textValue()).isNotBlank();
        assertThat(Path.of(json.at("/files/task").textValue())).exists();
        assertThat(json.has("curves") || json.has("config")).isFalse();

        JsonNode paired = metrics.at("/baselines/linear/paired");
        double gain = metrics.at("/test/top1").doubleValue()
                - metrics.at("/baselines/linear/test/top1").doubleValue();
        assertThat(paired.path("onlyTask").longValue()
                        - paired.path("onlyBaseline").longValue())
                .isEqualTo(Math.round(48 * gain));
        assertThat(metrics.at("/data/chance").doubleValue()).isBetween(0.125, 0.5);
        assertThat(metrics.at("/baselines/linear/test/top1").doubleValue() * 48 % 1)
                .isCloseTo(0, within(1e-9));
    }

    private Cli tune(String... options) {
        return Cli.inlay("tune", TinyRun.config(folder), "--out", out(), List.of(options));
    }

    private Path out() {
        return folder.resolve("run");
    }
}
