package dev.inlay.checkpoint.npz;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.inlay.checkpoint.safetensors.Dtype;
import dev.inlay.checkpoint.safetensors.TensorInfo;
import dev.inlay.error.DataException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Map;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every dtype, byte order, version and layout of an array is read as what it means. */
class NpzFileTest {
    @TempDir
    Path folder;

    private NpzFile open(byte[] array, int method) {
        return NpzFile.open(RawNpz.write(folder.resolve("a.npz"), Map.of("x/y.npy", array), method));
    }

    private NpzFile open(byte[] array) {
        return open(array, ZipEntry.STORED);
    }

    @ParameterizedTest
    @CsvSource({
        "<f2, 003c00c0, 1, -2",
        ">f2, 3c00c000, 1, -2",
        "<f4, 0000803f000000c0, 1, -2",
        ">f4, 3f800000c0000000, 1, -2",
        "=f4, 0000803f000000c0, 1, -2",
        "<f8, 000000000000f03f00000000000000c0, 1, -2",
        ">f8, 3ff0000000000000c000000000000000, 1, -2",
        "|i1, 7f80, 127, -128",
        "|u1, 7f80, 127, 128",
        "|b1, 0100, 1, 0",
        "<i2, 0001feff, 256, -2",
        ">i2, 0100fffe, 256, -2",
        "<i4, 00000100feffffff, 65536, -2",
        ">i4, 00010000fffffffe, 65536, -2",
        "<i8, 0000010000000000feffffffffffffff, 65536, -2",
        ">i8, 0000000000010000fffffffffffffffe, 65536, -2"
    })
    void everyDtypeIsWidened(String descr, String bytes, float first, float second) {
        try (NpzFile file = open(RawNpz.array(descr, "(2,)", HexFormat.of().parseHex(bytes)))) {
            assertThat(file.floats("x/y")).containsExactly(first, second);
            if (!file.infos().get("x/y").dtype().isFloating()) {
                assertThat(file.longs("x/y")).containsExactly((long) first, (long) second);
            }
        }
    }

    @Test
    void integersKeepAllTheirBits() {
        byte[] bytes = ByteBuffer.allocate(8)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(Long.MAX_VALUE - 1)
                .array();
        try (NpzFile file = open(RawNpz.array("<i8", "()", bytes))) {
            assertThat(file.longs("x/y")).containsExactly(Long.MAX_VALUE - 1);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void everyVersionAndOrderOfTheHeader(int version) {
        String header = "{ \"shape\" : (2, 1) ,'fortran_order':False,\"descr\": '|u1'}   \n";
        try (NpzFile file = open(RawNpz.array(version, header, new byte[] {3, 4}))) {
            assertThat(file.infos()).containsExactly(Map.entry("x/y", TensorInfo.of("x/y", Dtype.U8, 2, 1)));
            assertThat(file.longs("x/y")).containsExactly(3, 4);
        }
    }

    @Test
    void columnMajorArraysComeRowMajor() {
        byte[] stored = new byte[24];
        for (int i = 0; i < 2; i++) {
            for (int j = 0; j < 3; j++) {
                for (int k = 0; k < 4; k++) {
                    stored[i + 2 * j + 6 * k] = (byte) (12 * i + 4 * j + k);
                }
            }
        }
        String header = "{'descr': '|i1', 'fortran_order': True, 'shape': (2, 3, 4), }\n";
        try (NpzFile file = open(RawNpz.array(1, header, stored))) {
            assertThat(file.longs("x/y")).isSorted().hasSize(24).doesNotHaveDuplicates();
            assertThat(file.floats("x/y")).isSorted().doesNotHaveDuplicates();
        }
    }

    @Test
    void scalarsHaveOneElementAndEmptyArraysNone() {
        Map<String, byte[]> arrays =
                Map.of("scalar.npy", RawNpz.floats("()", 7), "empty.npy", RawNpz.array("<f8", "(3, 0)", new byte[0]));
        try (NpzFile file = NpzFile.open(RawNpz.write(folder.resolve("a.npz"), arrays))) {
            assertThat(file.floats("scalar")).containsExactly(7);
            assertThat(file.floats("empty")).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {ZipEntry.STORED, ZipEntry.DEFLATED})
    void arraysOfManyChunks(int method) {
        float[] values = new float[200_003];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) Math.sin(i);
        }
        try (NpzFile file = open(RawNpz.floats("(200003,)", values), method)) {
            assertThat(file.floats("x/y")).isEqualTo(values);
        }
    }

    @Test
    void isRecognisedByNameOrContent() throws IOException {
        Path unnamed = RawNpz.write(folder.resolve("weights"), Map.of("a.npy", RawNpz.floats("()", 1)));
        assertThat(NpzFile.recognises(unnamed)).isTrue();
        assertThat(NpzFile.recognises(folder.resolve("none.NPZ"))).isTrue();
        assertThat(NpzFile.recognises(RawNpz.write(folder.resolve("b.pt"), Map.of("b/data.pkl", new byte[3]))))
                .isFalse();
        assertThat(NpzFile.recognises(Files.writeString(folder.resolve("text"), "text")))
                .isFalse();
        assertThat(NpzFile.recognises(folder.resolve("none"))).isFalse();
        byte[] badName = Files.readAllBytes(unnamed);
        badName[30] = (byte) 0xff;
        assertThat(NpzFile.recognises(Files.write(folder.resolve("c"), badName)))
                .isFalse();
    }

    @Test
    void closesTwiceAndReadsNoMore() {
        NpzFile file = open(RawNpz.floats("()", 1));
        file.close();
        file.close();
        assertThat(file.infos()).containsKey("x/y");
        assertThatThrownBy(() -> file.floats("x/y")).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void asksForWhatIsThere() {
        try (NpzFile file = open(RawNpz.floats("()", 1))) {
            assertThatThrownBy(() -> file.floats("y"))
                    .isInstanceOf(DataException.class)
                    .hasMessageEndingWith("a.npz: expected an array 'y', found 1 others");
            assertThatThrownBy(() -> file.longs("x/y"))
                    .isInstanceOf(DataException.class)
                    .hasMessageEndingWith(
                            "entry 'x/y.npy': expected integers or booleans, found F32; read it as floats");
        }
    }
}
