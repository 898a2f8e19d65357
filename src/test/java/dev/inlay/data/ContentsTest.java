package dev.inlay.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.inlay.error.DataException;
import dev.inlay.progress.Progress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class ContentsTest {
    @TempDir
    private Path folder;

    private Path record;

    @BeforeEach
    void recordTwoFiles() throws IOException {
        Files.writeString(folder.resolve("a.png"), "image a");
        Files.writeString(folder.resolve("b.png"), "image b");
        record = folder.resolve("record");
        contents("a.png", "b.png").write(record, Map.of());
    }

    @Test
    void whatIsLeftAloneIsTheSame() {
        Contents.Difference difference = difference("a.png", "b.png");
        assertThat(difference.isNone()).isTrue();
        assertThat(difference.touched()).isFalse();
    }

    @Test
    void whatWasTouchedOrCopiedBackIsTheSameButShouldBeRecordedAnew() throws IOException {
        Path copy = Files.copy(folder.resolve("a.png"), folder.resolve("copy"));
        Files.delete(folder.resolve("a.png"));
        Files.copy(copy, folder.resolve("a.png"));
        touch("a.png", 1_000);
        Contents now = contents("a.png", "b.png");
        Contents.Difference difference = now.since(record, Map.of(), Progress.NONE);
        assertThat(difference.isNone()).isTrue();
        assertThat(difference.touched()).isTrue();
        now.write(record, Map.of());
        assertThat(difference("a.png", "b.png").touched()).isFalse();
    }

    @Test
    void whatHoldsSomethingElseOfTheSameLengthIsExchanged() throws IOException {
        Files.writeString(folder.resolve("b.png"), "image c");
        touch("b.png", 2_000);
        assertThat(difference("a.png", "b.png").exchanged()).containsExactly("b.png");
    }

    @Test
    void whatHasAnotherLengthIsExchangedWhateverItsTime() throws IOException {
        FileTime time = Files.getLastModifiedTime(folder.resolve("b.png"));
        Files.writeString(folder.resolve("b.png"), "a longer image");
        Files.setLastModifiedTime(folder.resolve("b.png"), time);
        assertThat(difference("a.png", "b.png").exchanged()).containsExactly("b.png");
    }

    @Test
    void swappedFilesAreExchangedBoth() throws IOException {
        Files.move(folder.resolve("a.png"), folder.resolve("x"));
        Files.move(folder.resolve("b.png"), folder.resolve("a.png"));
        Files.move(folder.resolve("x"), folder.resolve("b.png"));
        touch("a.png", 1_000);
        touch("b.png", 2_000);
        assertThat(difference("a.png", "b.png").exchanged()).containsExactly("a.png", "b.png");
    }

    @Test
    void whatCameAndWhatWentIsNamed() throws IOException {
        Files.writeString(folder.resolve("c.png"), "image c");
        Contents.Difference difference = difference("a.png", "c.png");
        assertThat(difference.gone()).containsExactly("b.png");
        assertThat(difference.added()).containsExactly("c.png");
        assertThat(difference.isNone()).isFalse();
    }

    @Test
    void aFileThatIsNotThereIsExchangedOnceItIs() throws IOException {
        contents("a.png", "none.png").write(record, Map.of());
        assertThat(difference("a.png", "none.png").isNone()).isTrue();
        Files.writeString(folder.resolve("none.png"), "");
        assertThat(difference("a.png", "none.png").exchanged()).containsExactly("none.png");
    }

    @Test
    void factsAreComparedWhereBothKnowThem() {
        contents("a.png", "b.png").write(record, Map.of("backbone", "one", "then", "1"));
        Contents now = contents("a.png", "b.png");
        now.fact("now", "1");
        assertThat(now.since(record, Map.of("backbone", "two"), Progress.NONE).facts())
                .containsExactly("backbone");
        assertThat(Contents.factsOf(record)).isEqualTo(Map.of("backbone", "one", "then", "1"));
    }

    @Test
    void whatWasNotedWhenItWasReadIsWhatCounts() throws IOException {
        Contents noted = contents("a.png", "b.png");
        noted.note("a.png");
        Files.writeString(folder.resolve("a.png"), "image x");
        touch("a.png", 3_000);
        noted.write(record, Map.of());
        assertThat(difference("a.png", "b.png").exchanged()).containsExactly("a.png");
    }

    @Test
    void theHashIsThatOfNamesAndBytes() throws IOException {
        String hash = contents("a.png", "b.png").hash();
        touch("a.png", 5_000);
        assertThat(contents("a.png", "b.png").hash()).isEqualTo(hash);
        assertThat(contents("a.png").hash()).isNotEqualTo(hash);
        Files.writeString(folder.resolve("a.png"), "image x");
        assertThat(contents("a.png", "b.png").hash()).isNotEqualTo(hash);
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void namesMayHoldAnything() throws IOException {
        assumeTrue(canName("größe"), "this process cannot name such files");
        String[] names = {" a b ", "line\nend", "back\\slash", "\\n", "# fact", "größe"};
        for (String name : names) {
            Files.writeString(folder.resolve(name), name);
        }
        contents(names).write(record, Map.of());
        assertThat(difference(names).isNone()).isTrue();
        Files.writeString(folder.resolve("line\nend"), "line end, other");
        assertThat(difference(names).exchanged()).containsExactly("line\nend");
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void noPipeIsWaitedFor() throws Exception {
        Path pipe = folder.resolve("pipe.png");
        assumeTrue(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor() == 0);
        CompletableFuture<String> hash = CompletableFuture.supplyAsync(() -> Contents.hash(pipe));
        assertThat(hash).succeedsWithin(Duration.ofSeconds(20)).isEqualTo("");
    }

    @Test
    void aDamagedRecordIsNamed() throws IOException {
        for (String text : List.of("nonsense\n", "00 1 2 a.png\n", "#\n")) {
            Files.writeString(record, text);
            assertThatThrownBy(() -> difference("a.png"))
                    .isInstanceOf(DataException.class)
                    .hasMessageStartingWith(record + ": not a record of files");
        }
    }

    private Contents contents(String... names) {
        Contents contents = new Contents();
        Stream.of(names).forEach(name -> contents.add(name, folder.resolve(name)));
        return contents;
    }

    private Contents.Difference difference(String... names) {
        return contents(names).since(record, Map.of(), Progress.NONE);
    }

    private void touch(String name, long millis) throws IOException {
        Files.setLastModifiedTime(folder.resolve(name), FileTime.fromMillis(millis));
    }

    private boolean canName(String name) {
        try {
            return folder.resolve(name).getFileName().toString().equals(name);
        } catch (InvalidPathException e) {
            return false;
        }
    }
}
