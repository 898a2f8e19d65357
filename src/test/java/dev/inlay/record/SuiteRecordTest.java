package dev.inlay.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.inlay.error.DataException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SuiteRecordTest {
    private static final List<SuiteTask> TASKS =
            List.of(new SuiteTask("a", "one", 0, 0), new SuiteTask("b", "two", 0, 0), new SuiteTask("c", "two", 0, 0));

    @TempDir
    private Path folder;

    @Test
    void theMeanOfTheTasksIsNotThatOfTheGroups() {
        SuiteRow row = sum(List.of(trial("a", 1, 0.9), trial("b", 1, 0.5), trial("c", 1, 0.1)))
                .methods()
                .get(0);
        assertThat(row.lastEpoch().groups().get("two").mean()).isCloseTo(0.3, within(1e-12));
        assertThat(row.lastEpoch().meanOfTasks().mean()).isCloseTo(0.5, within(1e-12));
        assertThat(row.lastEpoch().meanOfGroups().mean()).isCloseTo(0.6, within(1e-12));
        assertThat(row.lastEpoch().meanOfGroups().spread()).isNull();
        assertThat(row.bestOnTest().meanOfTasks().mean()).isCloseTo(0.55, within(1e-12));
    }

    @Test
    void aSeedCountsOnlyWhereItHasEveryTaskOfTheMean() {
        SuiteRow row = sum(List.of(
                        trial("a", 1, 0.9),
                        trial("b", 1, 0.5),
                        trial("c", 1, 0.1),
                        trial("a", 2, 0.7),
                        trial("b", 2, 0.3)))
                .methods()
                .get(0);
        assertThat(row.lastEpoch().tasks().get("b"))
                .satisfies(measured -> assertThat(measured.mean()).isCloseTo(0.4, within(1e-12)))
                .satisfies(measured -> assertThat(measured.spread()).isCloseTo(0.1 * Math.sqrt(2), within(1e-12)));
        assertThat(row.lastEpoch().groups().get("one").seeds()).isEqualTo(2);
        assertThat(row.lastEpoch().groups().get("two").seeds()).isEqualTo(1);
        assertThat(row.lastEpoch().meanOfTasks().seeds()).isEqualTo(1);
        assertThat(sum(List.of(trial("a", 1, 0.9))).methods().get(0).lastEpoch().meanOfTasks())
                .isNull();
    }

    @Test
    void ofOneRunTheLastThatFinishedCountsAndWhatIsForeignIsCounted() {
        SuiteRunRecord failed = SuiteRunRecord.failed(
                "suite", "one", new RunKey("a", "M", 1), "no", MetricsFile.JSON.createObjectNode());
        SuiteRecord suite = sum(List.of(failed, trial("a", 1, 0.8), failed, trial("z", 1, 0.1), trial("a", 7, 0.1)));
        assertThat(suite.failures()).isEmpty();
        assertThat(suite.methods().get(0).lastEpoch().tasks().get("a").mean()).isEqualTo(0.8);
        assertThat(suite.notes()).anyMatch(note -> note.startsWith("2 trials of other suites"));
        assertThat(sum(List.of(failed)).failures()).hasSize(1);
    }

    @Test
    void twoConfigsOfOneRunAreRefused() {
        SuiteRunRecord other = new SuiteRunRecord(
                "suite",
                "a",
                "one",
                "M",
                1,
                0.5,
                null,
                0,
                null,
                1L,
                1.0,
                null,
                null,
                null,
                "1".repeat(64),
                null,
                null,
                null);
        assertThatThrownBy(() -> sum(List.of(trial("a", 1, 0.8), other)))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("a, M, seed 1: trials of two configs (000000000000 and 111111111111)");
    }

    @Test
    void trialsOfOtherImagesUnderTheSameNamesAreNoted() {
        SuiteRecord suite = SuiteRecord.of(
                "suite",
                "",
                TASKS,
                List.of(1L, 2L),
                List.of("M", "N"),
                List.of(),
                List.of(),
                List.of(seen("M", 1, "x"), seen("N", 1, "y"), seen("M", 2, "z"), seen("N", 2, "z")));
        assertThat(suite.notes())
                .filteredOn(note -> note.contains("sets of images"))
                .containsExactly(
                        "a, seed 1: its trials saw 2 different sets of images under the same names, so they do not compare.");
    }

    private static SuiteRunRecord seen(String method, long seed, String data) {
        Provenance provenance = new Provenance(
                "1",
                null,
                null,
                null,
                null,
                1,
                null,
                null,
                List.of(),
                null,
                0,
                Map.of(),
                Map.of("backbone", "b", "data", data));
        return new SuiteRunRecord(
                "suite",
                "a",
                "one",
                method,
                seed,
                0.5,
                null,
                0,
                null,
                1L,
                1.0,
                null,
                null,
                null,
                "1".repeat(64),
                null,
                null,
                provenance);
    }

    @Test
    void linesAreOnlyAddedAndATornOneIsCutOff() throws IOException {
        Path file = folder.resolve("trials.jsonl");
        SuiteRunsFile.append(file, trial("a", 1, 0.8));
        String first = Files.readString(file);
        Files.writeString(file, first + "{\"suite\":\"su");
        assertThat(SuiteRunsFile.read(file)).containsExactly(trial("a", 1, 0.8));
        SuiteRunsFile.append(file, trial("b", 1, 0.7));
        assertThat(Files.readString(file)).startsWith(first);
        assertThat(SuiteRunsFile.read(file)).containsExactly(trial("a", 1, 0.8), trial("b", 1, 0.7));
        Files.writeString(file, first + "{\"suite\":1}\n");
        assertThatThrownBy(() -> SuiteRunsFile.read(file))
                .isInstanceOf(DataException.class)
                .hasMessageContaining(file + " line 2: expected a trial of a suite, found a fault: ");
    }

    @Test
    void aPublishedRowHasTheMeansThatCanBeComputed() {
        PublishedRow tasks = PublishedRow.of("M", "s", TASKS, Map.of("a", 0.9, "b", 0.5, "c", 0.1), Map.of());
        assertThat(tasks.meanOfTasks()).isCloseTo(0.5, within(1e-12));
        assertThat(tasks.meanOfGroups()).isCloseTo(0.6, within(1e-12));
        PublishedRow groups = PublishedRow.of("M", "s", TASKS, Map.of(), Map.of("one", 0.4, "two", 0.2));
        assertThat(groups.meanOfTasks()).isNull();
        assertThat(groups.meanOfGroups()).isCloseTo(0.3, within(1e-12));
        assertThat(PublishedRow.of("M", "s", TASKS, Map.of("a", 0.9), Map.of()).groups())
                .containsOnlyKeys("one");
    }

    private static SuiteRecord sum(List<SuiteRunRecord> trials) {
        return SuiteRecord.of(
                "suite", "", TASKS, List.of(1L, 2L), List.of("M"), List.of(), List.of(), new ArrayList<>(trials));
    }

    @Test
    void theScoreIsWhatTheTrialsSayItIs() {
        assertThat(sum(List.of(trial("a", 1, 0.8))).scoreName()).isEqualTo("accuracy");
        assertThat(sum(List.of(trial("a", 1, 0.8, "mean IoU"))).scoreName()).isEqualTo("mean IoU");
        assertThat(sum(List.of(trial("a", 1, 0.8, "mean IoU"), trial("b", 1, 0.8)))
                        .scoreName())
                .isEqualTo("score");
    }

    private static SuiteRunRecord trial(String task, long seed, double top1) {
        return trial(task, seed, top1, null);
    }

    private static SuiteRunRecord trial(String task, long seed, double top1, String score) {
        return new SuiteRunRecord(
                "suite",
                task,
                "any",
                "M",
                seed,
                top1,
                new BestOnTest(top1 + 0.05, 2),
                3,
                null,
                10L,
                1.5,
                null,
                List.of(),
                null,
                "0".repeat(64),
                null,
                score,
                null);
    }
}
