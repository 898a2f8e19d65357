package dev.inlay.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.inlay.error.DataException;
import dev.inlay.publishing.Markdown;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ComparisonRecordTest {
    private static final List<String> TASKS = List.of("a", "b");

    @TempDir
    Path folder;

    static List<ComparisonRecord> samples() {
        return List.of(SampleComparisons.papers(), SampleComparisons.small());
    }

    private static ComparisonRunRecord point(String task, String method, long seed, double top1, long parameters) {
        return new ComparisonRunRecord(
                task,
                method,
                seed,
                top1,
                parameters,
                100 * parameters,
                1000L + seed,
                2.0 + seed,
                List.of(),
                null,
                null,
                null,
                Interval.wilson(top1, 200));
    }

    private static ComparisonRecord comparison(List<Long> seeds, List<String> methods, ComparisonRunRecord... points) {
        return ComparisonRecord.of("c", List.of("vit"), TASKS, seeds, methods, List.of(points), "{}");
    }

    @Test
    void aSeedIsItsMeanOverTheTasksAndTheSpreadIsOverTheSeeds() {
        ResultRecord all = comparison(
                        List.of(1L, 2L, 3L),
                        List.of("m"),
                        point("a", "m", 1, 0.1, 5),
                        point("b", "m", 1, 0.3, 5),
                        point("a", "m", 2, 0.2, 6),
                        point("b", "m", 2, 0.6, 5),
                        point("a", "m", 3, 0.3, 5),
                        point("b", "m", 3, 0.3, 4))
                .methods()
                .get(0)
                .all();
        // 0.2, 0.4 and 0.3 have the mean 0.3 and the deviations -0.1, 0.1 and 0: √(0.02 / 2) = 0.1
        assertThat(all.perSeed().stream().map(value -> Math.rint(1e9 * value) / 1e9))
                .containsExactly(0.2, 0.4, 0.3);
        assertThat(all.accuracy().mean()).isCloseTo(0.3, within(1e-12));
        assertThat(all.accuracy().spread()).isCloseTo(0.1, within(1e-12));
        assertThat(all.accuracy().seeds()).isEqualTo(3);
        assertThat(all.parameters()).isEqualTo(6);
        assertThat(all.leastParameters()).isEqualTo(4);
        assertThat(all.taskBytes()).isEqualTo(500);
        assertThat(all.peakResidentBytes()).isEqualTo(1003);
        assertThat(all.seconds()).isCloseTo(4, within(1e-12));
        assertThat(all.finished()).isEqualTo(6);
        assertThat(all.failed()).isZero();
    }

    @Test
    void aSeedThatFailedOnATaskDoesNotCountOverAllTasks() {
        MethodRecord method = comparison(
                        List.of(1L, 2L),
                        List.of("m"),
                        point("a", "m", 1, 0.1, 5),
                        point("b", "m", 1, 0.3, 5),
                        point("a", "m", 2, 0.9, 5),
                        ComparisonRunRecord.failed(new RunKey("b", "m", 2), "no"))
                .methods()
                .get(0);
        assertThat(method.all().accuracy().mean()).isCloseTo(0.2, within(1e-12));
        assertThat(method.all().accuracy().spread()).isNull();
        assertThat(method.all().failed()).isEqualTo(1);
        assertThat(method.tasks().get("a").accuracy().mean()).isCloseTo(0.5, within(1e-12));
        assertThat(method.tasks().get("a").accuracy().seeds()).isEqualTo(2);
        assertThat(method.tasks().get("b").failed()).isEqualTo(1);
    }

    @Test
    void theBestIsFirstThenTheSmallerThenWhatFailed() {
        ComparisonRecord comparison = comparison(
                List.of(1L),
                List.of("failed", "large", "worse", "small"),
                ComparisonRunRecord.failed(new RunKey("a", "failed", 1), "no"),
                ComparisonRunRecord.failed(new RunKey("b", "failed", 1), "no"),
                point("a", "large", 1, 0.1, 9),
                point("b", "large", 1, 0.7, 9),
                point("a", "worse", 1, 0.3, 1),
                point("b", "worse", 1, 0.3, 1),
                point("a", "small", 1, 0.7, 8),
                point("b", "small", 1, 0.1, 8));
        assertThat(comparison.methods())
                .extracting(MethodRecord::name)
                .containsExactly("small", "large", "worse", "failed");
        assertThat(comparison.methods().get(3).all().accuracy()).isNull();
        assertThat(comparison.failures()).extracting(ComparisonRunRecord::task).containsExactly("a", "b");
    }

    @ParameterizedTest
    @MethodSource("samples")
    void whatIsReadEqualsWhatWasWritten(ComparisonRecord comparison) {
        Path file = folder.resolve("compare.json");
        ExperimentFile.write(file, comparison);
        assertThat(ExperimentFile.comparison(file)).isEqualTo(comparison);
    }

    @Test
    void aFileThatIsNoComparisonIsNamed() throws IOException {
        Path file = Files.writeString(folder.resolve("other.json"), "{\"name\": []}");
        assertThatThrownBy(() -> ExperimentFile.comparison(file))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("other.json")
                .hasMessageContaining("name");
    }

    @Test
    void everyKeyIsDocumentedOnceWithItsMeaningAndNothingElse() {
        Set<String> written = new LinkedHashSet<>();
        MetricsFileTest.leaves("", ComparisonRecord.class, written);
        written.removeIf(key -> key.startsWith("methods[].tasks.*."));
        written.add("methods[].tasks.*");
        Markdown page = Markdown.of("docs/compare.md").under("compare.json");
        assertThat(page.listed(written)).containsExactlyInAnyOrderElementsOf(written);
        assertThat(written).allSatisfy(key -> assertThat(page.row(key).get(1)).isNotBlank());
    }
}
