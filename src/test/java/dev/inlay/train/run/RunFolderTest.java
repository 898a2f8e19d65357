package dev.inlay.train.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.inlay.config.RunConfig;
import dev.inlay.error.ConfigException;
import dev.inlay.error.DataException;
import dev.inlay.record.Phase;
import dev.inlay.record.Repeat;
import dev.inlay.record.SearchTrial;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunFolderTest {
    @TempDir
    private Path parent;

    private Path folder;

    @BeforeEach
    void name() {
        folder = parent.resolve("run");
    }

    @Test
    void aRunThatNeverBeganLeavesNothing() {
        try (RunFolder run = RunFolder.open(folder, "a: 1")) {
            run.begin(Phase.LOAD);
        }
        assertThat(folder).doesNotExist();
    }

    @Test
    void aRunThatNeverBeganLeavesTheFilesOfOthers() throws IOException {
        Files.createDirectories(folder);
        Files.writeString(folder.resolve("notes"), "mine");
        RunFolder.open(folder, "a: 1").close();
        assertThat(folder).isDirectoryContaining("glob:**/notes");
        assertThat(folder.resolve(".lock")).doesNotExist();
        RunFolder.open(folder, "a: 2").close();
    }

    @Test
    void aKeyThatAnEarlierVersionDidNotKnowHasItsDefault() throws IOException {
        String settings = RunConfig.parse("data: {type: builtin, task: shape}", parent, List.of())
                .settings()
                .json();
        Files.createDirectories(folder);
        Files.writeString(folder.resolve("config.json"), settings.replaceFirst("\\s*\"onBadImage\" : \"\\w+\",", ""));
        assertThat(RunFolder.configOf(folder)).get().isNotEqualTo(settings);
        RunFolder.open(folder, settings).close();
        Files.writeString(
                folder.resolve("config.json"),
                settings.replaceFirst("\"onBadImage\" : \"\\w+\"", "\"onBadImage\" : \"SKIP\""));
        assertThatThrownBy(() -> RunFolder.open(folder, settings))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("data.onBadImage was \"SKIP\" and is \"fail\"");
    }

    @Test
    void remembersWhatEarlierProcessesDid() {
        SearchTrial trial = new SearchTrial(Map.of("learningRate", "0.1"), 0.5, 1.5, false);
        String started;
        try (RunFolder run = RunFolder.open(folder, "a: 1")) {
            run.claim("2 threads");
            run.begin(Phase.SEARCH);
            run.tried(trial);
            run.repeated(new Repeat(7, 0.25));
            started = run.started();
            assertThat(run.resumed()).isZero();
        }
        try (RunFolder run = RunFolder.open(folder, "a: 1")) {
            run.claim("2 threads");
            assertThat(run.machines()).containsExactly("2 threads");
            assertThat(run.started()).isEqualTo(started);
            assertThat(run.resumed()).isEqualTo(1);
            assertThat(run.search()).containsExactly(trial);
            assertThat(run.repeats()).containsExactly(new Repeat(7, 0.25));
            assertThat(run.seconds()).containsOnlyKeys(Phase.SEARCH);
            run.begin(Phase.TRAIN);
            assertThat(run.seconds()).containsOnlyKeys(Phase.SEARCH, Phase.TRAIN);
        }
    }

    @Test
    void knowsEveryMachineThatItWasOn() {
        for (String machine : new String[] {"2 threads", "4 threads", "2 threads"}) {
            try (RunFolder run = RunFolder.open(folder, "a: 1")) {
                run.claim(machine);
            }
        }
        try (RunFolder run = RunFolder.open(folder, "a: 1")) {
            assertThat(run.machines()).containsExactly("2 threads", "4 threads");
        }
    }

    @Test
    void belongsToOneConfigAndOneProcessAtATime() {
        try (RunFolder run = RunFolder.open(folder, "a: 1")) {
            run.claim("2 threads");
            assertThatThrownBy(() -> RunFolder.open(folder, "a: 1"))
                    .isInstanceOf(ConfigException.class)
                    .hasMessageContaining("in use");
        }
        assertThatThrownBy(() -> RunFolder.open(folder, "a: 2"))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("another config");
        // a refusal does not keep the lock
        RunFolder.open(folder, "a: 1").close();
    }

    @Test
    void takesUpARunThatWasKilledBeforeItsStateWasWritten() throws IOException {
        try (RunFolder run = RunFolder.open(folder, "a: 1")) {
            run.claim("2 threads");
        }
        Files.delete(folder.resolve("state.json"));
        Files.writeString(folder.resolve(".state.json.tmp12-1"), "{\"star");
        try (RunFolder run = RunFolder.open(folder, "a: 1")) {
            assertThat(run.search()).isEmpty();
            assertThat(folder.resolve(".state.json.tmp12-1")).doesNotExist();
        }
    }

    @Test
    void aDamagedStateSaysHowToStartAgain() throws IOException {
        try (RunFolder run = RunFolder.open(folder, "a: 1")) {
            run.claim("2 threads");
        }
        Path state = Files.writeString(folder.resolve("state.json"), "{\"started\": \"2026\",");
        assertThatThrownBy(() -> RunFolder.open(folder, "a: 1"))
                .isInstanceOf(DataException.class)
                .hasMessage(
                        state + ": expected the state of a run, found a fault: it ends too early at line 1, column 20;"
                                + " move " + folder + " away to start again");
    }

    @Test
    void aDamagedPartIsNamed() throws IOException {
        try (RunFolder run = RunFolder.open(folder, "a: 1")) {
            assertThat(run.kept("part", RunFolderTest::text)).isEmpty();
            Files.writeString(folder.resolve("part"), "half");
            assertThatThrownBy(() -> run.kept("part", RunFolderTest::text))
                    .isInstanceOf(DataException.class)
                    .hasMessage("bad: half; a part of this run is damaged: delete " + folder.resolve("part")
                            + ", and the same command makes it again");
            Files.writeString(folder.resolve("part"), "whole");
            assertThat(run.kept("part", RunFolderTest::text)).contains("whole");
        }
    }

    private static String text(Path file) {
        try {
            String text = Files.readString(file);
            if (!text.equals("whole")) {
                throw new DataException("bad: " + text);
            }
            return text;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
