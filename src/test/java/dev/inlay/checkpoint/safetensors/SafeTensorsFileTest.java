package dev.inlay.checkpoint.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import dev.inlay.error.DataException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SafeTensorsFileTest {
    @TempDir
    Path folder;

    @Test
    void tensorsComeInTheOrderOfTheirBytes() throws Exception {
        Path path = raw(
                "{\"late\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[1,3]},"
                        + "\"__metadata__\":{\"format\":\"pt\",\"k\":\"é\"},"
                        + "\"none\":{\"shape\":[0,7],\"dtype\":\"F32\",\"data_offsets\":[3,3]},"
                        + "\"first\":{\"data_offsets\":[0,1],\"dtype\":\"BOOL\",\"shape\":[]}}   ",
                3);
        try (SafeTensorsFile file = SafeTensorsFile.open(path)) {
            assertThat(file.path()).isEqualTo(path);
            assertThat(file.names()).containsExactly("first", "late", "none");
            assertThat(file.contains("late")).isTrue();
            assertThat(file.contains("__metadata__")).isFalse();
            assertThat(file.metadata()).containsExactly(entry("format", "pt"), entry("k", "é"));
            assertThat(file.info("first").elements()).isEqualTo(1);
            assertThat(file.info("none").elements()).isZero();
            assertThat(file.info("none").sizes()).containsExactly(0, 7);
            assertThat(file.longs("first")).containsExactly(0);
            assertThat(file.longs("late")).containsExactly(1, 2);
            assertThat(file.floats("none")).isEmpty();
            assertThat(file.buffer("none").remaining()).isZero();
        }
    }

    @Test
    void aFileWithoutTensorsIsValid() throws Exception {
        try (SafeTensorsFile file = SafeTensorsFile.open(raw("{}", 0))) {
            assertThat(file.names()).isEmpty();
            assertThatThrownBy(() -> file.info("a")).isInstanceOf(DataException.class);
        }
    }

    @Test
    void buffersAreReadOnlyDirectAndAlignedAndOutliveTheFile() throws Exception {
        Path path = raw(
                "{\"bytes\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[0,3]},"
                        + "\"wide\":{\"dtype\":\"I32\",\"shape\":[2],\"data_offsets\":[3,11]}}",
                11);
        ByteBuffer bytes;
        ByteBuffer wide;
        try (SafeTensorsFile file = SafeTensorsFile.open(path)) {
            bytes = file.buffer("bytes");
            wide = file.buffer("wide");
        }
        for (ByteBuffer buffer : new ByteBuffer[] {bytes, wide}) {
            assertThat(buffer.isDirect()).isTrue();
            assertThat(buffer.isReadOnly()).isTrue();
            assertThat(buffer.order()).isEqualTo(ByteOrder.LITTLE_ENDIAN);
            assertThat(buffer.position()).isZero();
        }
        assertThat(bytes).isEqualTo(ByteBuffer.wrap(new byte[] {0, 1, 2}));
        assertThat(wide.alignmentOffset(0, Integer.BYTES)).isZero();
        assertThat(wide.getInt(0)).isEqualTo(0x06050403);
        assertThat(wide.getInt(4)).isEqualTo(0x0a090807);
    }

    @Test
    void integersAreNotReadAsFloatsNorFloatsAsIntegers() throws Exception {
        Path path = raw(
                "{\"f\":{\"dtype\":\"BF16\",\"shape\":[1],\"data_offsets\":[0,2]},"
                        + "\"i\":{\"dtype\":\"I16\",\"shape\":[1],\"data_offsets\":[2,4]}}",
                4);
        try (SafeTensorsFile file = SafeTensorsFile.open(path)) {
            assertThatThrownBy(() -> file.longs("f"))
                    .isInstanceOf(DataException.class)
                    .hasMessage(path + ": tensor 'f': expected integers or booleans, found BF16; read it as floats");
            assertThatThrownBy(() -> file.floats("i"))
                    .isInstanceOf(DataException.class)
                    .hasMessage(path + ": tensor 'i': expected F32, F16, BF16 or F64, found I16; read it as longs");
            assertThatThrownBy(() -> file.floats("g"))
                    .isInstanceOf(DataException.class)
                    .hasMessage(path + ": expected a tensor 'g', found 2 others: 'f', 'i'");
        }
    }

    @Test
    void floatsGoWhereTheyAreAskedToGo() throws Exception {
        Path path = folder.resolve("three.safetensors");
        SafeTensorsWriter.write(path, List.of(TensorEntry.floats("x", new float[] {1, 2, 3}, 3)), Map.of());
        try (SafeTensorsFile file = SafeTensorsFile.open(path)) {
            float[] target = new float[5];
            Arrays.fill(target, -1);
            file.floatsInto("x", target, 1);
            assertThat(target).containsExactly(-1, 1, 2, 3, -1);
            assertThatThrownBy(() -> file.floatsInto("x", target, 3)).isInstanceOf(IndexOutOfBoundsException.class);
        }
    }

    @Test
    void closingTwiceIsFineAndUseAfterClosingIsNot() throws Exception {
        Path path = raw("{\"f\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", 4);
        SafeTensorsFile file = SafeTensorsFile.open(path);
        file.close();
        file.close();
        assertThat(file.names()).containsExactly("f");
        assertThatIllegalStateException().isThrownBy(() -> file.floats("f")).withMessage(path + " is closed");
        assertThatIllegalStateException().isThrownBy(() -> file.buffer("f")).withMessage(path + " is closed");
    }

    private Path raw(String header, int dataBytes) throws IOException {
        return RawFile.write(folder, RawFile.bytes(header, dataBytes));
    }
}
