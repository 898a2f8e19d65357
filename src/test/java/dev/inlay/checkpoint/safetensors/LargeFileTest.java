package dev.inlay.checkpoint.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.inlay.error.DataException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A file of more than 2^31 bytes; nearly all of it is a hole, so it takes no room on the disk. */
class LargeFileTest {
    private static final long BIG = 2_500_000_000L;

    @TempDir
    Path folder;

    @Test
    void theLastTensorOfALargeFileIsRead() throws Exception {
        String header = "{\"big\":{\"dtype\":\"U8\",\"shape\":[" + BIG + "],\"data_offsets\":[0," + BIG + "]},"
                + "\"last\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[" + BIG + "," + (BIG + 12) + "]}}";
        Path path = sparse((header + " ".repeat(7 - (header.length() + 7) % 8)).getBytes(StandardCharsets.US_ASCII));
        try (SafeTensorsFile file = SafeTensorsFile.open(path)) {
            assertThat(file.names()).containsExactly("big", "last");
            assertThat(file.floats("last")).containsExactly(1, 2, 3);
            assertThat(file.buffer("last").getFloat(8)).isEqualTo(3);
            assertThatThrownBy(() -> file.buffer("big"))
                    .isInstanceOf(DataException.class)
                    .hasMessage(path + ": tensor 'big': expected at most 2147483647 bytes for one buffer, found "
                            + "2500000000 bytes");
            assertThatThrownBy(() -> file.longs("big"))
                    .isInstanceOf(DataException.class)
                    .hasMessage(path + ": tensor 'big': expected at most 2147483639 elements for one array, found "
                            + "2500000000 elements");
        }
    }

    private Path sparse(byte[] header) throws IOException {
        Path path = folder.resolve("large.safetensors");
        FileStore store = Files.getFileStore(folder);
        long free = store.getUnallocatedSpace();
        try (FileChannel out = FileChannel.open(
                path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE, StandardOpenOption.SPARSE)) {
            ByteBuffer start = ByteBuffer.allocate(8 + header.length).order(ByteOrder.LITTLE_ENDIAN);
            out.write(start.putLong(header.length).put(header).flip());
            ByteBuffer last = ByteBuffer.allocate(12).order(ByteOrder.LITTLE_ENDIAN);
            out.write(last.putFloat(1).putFloat(2).putFloat(3).flip(), 8 + header.length + BIG);
            out.force(true);
        }
        assumeTrue(
                free - store.getUnallocatedSpace() < BIG / 2, "the file system of " + folder + " has no sparse files");
        return path;
    }
}
