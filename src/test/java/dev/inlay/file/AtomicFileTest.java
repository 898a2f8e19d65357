package dev.inlay.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.inlay.error.InlayException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AtomicFileTest {
    @TempDir
    private Path folder;

    @Test
    void replacesAFile() {
        Path file = folder.resolve("below/file");
        AtomicFile.write(file, "old");
        AtomicFile.write(file, "new");
        assertThat(file).hasContent("new");
        assertThat(names(file.getParent())).containsExactly("file");
    }

    @Test
    void aFullDiskLeavesTheOldFileAndNothingElse() {
        Path file = folder.resolve("file");
        AtomicFile.write(file, "old");
        assertThatThrownBy(() -> AtomicFile.write(file, out -> {
                    out.write(ByteBuffer.wrap("ne".getBytes(StandardCharsets.UTF_8)));
                    throw new IOException("No space left on device");
                }))
                .isInstanceOf(InlayException.class)
                .hasMessageContaining("cannot write " + file)
                .hasMessageContaining("No space left on device")
                .hasMessageContaining("disk has room");
        assertThat(file).hasContent("old");
        assertThat(names(folder)).containsExactly("file");
    }

    @Test
    void aFailureOfTheContentLeavesTheOldFileAndNothingElse() {
        Path file = folder.resolve("file");
        AtomicFile.write(file, "old");
        assertThatThrownBy(() -> AtomicFile.write(file, out -> {
                    throw new IllegalStateException("content");
                }))
                .isInstanceOf(IllegalStateException.class);
        assertThat(file).hasContent("old");
        assertThat(names(folder)).containsExactly("file");
    }

    @Test
    void leftoversOfKilledProcessesGoAndOtherFilesStay() throws IOException {
        Files.writeString(folder.resolve(".task.safetensors.tmp4711-1"), "ha");
        Files.writeString(folder.resolve(".lock"), "");
        Files.writeString(folder.resolve("notes.tmp"), "mine");
        AtomicFile.removeLeftovers(folder);
        assertThat(names(folder)).containsExactly(".lock", "notes.tmp");
    }

    private static List<String> names(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
