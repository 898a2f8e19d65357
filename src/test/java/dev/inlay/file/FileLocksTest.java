package dev.inlay.file;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileLocksTest {
    @TempDir
    private Path folder;

    @Test
    void aFileIsTakenOnceUntilItsChannelIsClosed() throws IOException {
        try (FileChannel second = open()) {
            try (FileChannel first = open()) {
                assertThat(FileLocks.take(first)).isTrue();
                assertThat(FileLocks.take(second)).isFalse();
            }
            assertThat(FileLocks.take(second)).isTrue();
        }
    }

    private FileChannel open() throws IOException {
        return FileChannel.open(folder.resolve(".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    }
}
