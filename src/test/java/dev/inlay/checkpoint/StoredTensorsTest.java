package dev.inlay.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.inlay.checkpoint.safetensors.Decode;
import dev.inlay.checkpoint.safetensors.Dtype;
import dev.inlay.checkpoint.safetensors.SafeTensorsFile;
import dev.inlay.checkpoint.safetensors.SafeTensorsWriter;
import dev.inlay.checkpoint.safetensors.TensorEntry;
import dev.inlay.checkpoint.safetensors.TensorInfo;
import dev.inlay.error.DataException;
import dev.inlay.tensor.Tensors;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class StoredTensorsTest {
    private static final int MANY = 9_000_001;

    @TempDir
    Path folder;

    @Test
    void aTensorOfSeveralWindowsIsReadWhole() {
        float[] values = new float[MANY];
        for (int i = 0; i < MANY; i++) {
            values[i] = i;
        }
        try (SafeTensorsFile file = SafeTensorsFile.open(written(values))) {
            Tensor read = StoredTensors.read(file, "x");
            try {
                assertThat(Tensors.floats(read)).isEqualTo(values);
            } finally {
                Tensors.release(read);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Dtype.class,
            names = {"F8_E4M3", "F8_E5M2"})
    void everyNumberOf8BitsIsWhatLibTorchMakesOfIt(Dtype dtype) {
        byte[] all = new byte[256];
        for (int bits = 0; bits < all.length; bits++) {
            all[bits] = (byte) bits;
        }
        float[] decoded = new float[all.length];
        Decode.floats(dtype, ByteBuffer.wrap(all), decoded, 0);
        Path path = folder.resolve("x.safetensors");
        TensorEntry entry = TensorEntry.bytes(TensorInfo.of("x", dtype, all.length), () -> ByteBuffer.wrap(all));
        SafeTensorsWriter.write(path, List.of(entry), Map.of());
        try (SafeTensorsFile file = SafeTensorsFile.open(path)) {
            Tensor read = StoredTensors.read(file, "x");
            assertThat(Tensors.floats(read)).isEqualTo(decoded);
            Tensors.release(read);
        }
        assertThat(decoded[dtype == Dtype.F8_E4M3 ? 0x7e : 0x7b]).isEqualTo(dtype == Dtype.F8_E4M3 ? 448 : 57344);
    }

    @Test
    void aFileCutShortMeanwhileIsAnError() throws Exception {
        Path path = written(new float[MANY]);
        try (SafeTensorsFile file = SafeTensorsFile.open(path);
                FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
            channel.truncate(MANY);
            assertThatThrownBy(() -> StoredTensors.read(file, "x"))
                    .isInstanceOf(DataException.class)
                    .hasMessageContaining("the file was changed while it was read");
        }
    }

    private Path written(float[] values) {
        Path path = folder.resolve("x.safetensors");
        SafeTensorsWriter.write(path, List.of(TensorEntry.floats("x", values, values.length)), Map.of());
        return path;
    }

    @Test
    void wholeNumbersAreWrittenAsSuch() {
        try (PointerScope scope = new PointerScope()) {
            assertThat(StoredTensors.entry("a", Tensors.of(new long[] {1, 2, 3}, 3))
                            .info()
                            .dtype())
                    .isEqualTo(Dtype.I64);
            assertThat(StoredTensors.entry("a", Tensors.of(new float[] {1, 2, 3}, 3))
                            .info()
                            .dtype())
                    .isEqualTo(Dtype.F32);
        }
    }
}
