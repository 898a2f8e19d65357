package dev.inlay.checkpoint.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SafeTensorsWriterTest {
    @TempDir
    Path folder;

    @Test
    void theBytesAreThoseOfTheFormat() throws Exception {
        Path path = folder.resolve("small.safetensors");
        Map<String, String> metadata = new LinkedHashMap<>();
        metadata.put("z", "last");
        metadata.put("a", "é\"\n");
        SafeTensorsWriter.write(
                path,
                List.of(
                        TensorEntry.longs("labels", new long[] {-1, 7}, 2),
                        TensorEntry.floats("b", new float[] {1.5f}),
                        TensorEntry.ints("a", new int[] {258}, 1, 1),
                        TensorEntry.floats("none", new float[0], 3, 0)),
                metadata);
        ByteBuffer file = ByteBuffer.wrap(Files.readAllBytes(path)).order(ByteOrder.LITTLE_ENDIAN);
        byte[] header = new byte[(int) file.getLong()];
        file.get(header);
        assertThat(header.length % 8).isZero();
        assertThat(new String(header, StandardCharsets.UTF_8).stripTrailing())
                .isEqualTo("{\"__metadata__\":{\"a\":\"é\\\"\\n\",\"z\":\"last\"},"
                        + "\"labels\":{\"dtype\":\"I64\",\"shape\":[2],\"data_offsets\":[0,16]},"
                        + "\"b\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[16,20]},"
                        + "\"a\":{\"dtype\":\"I32\",\"shape\":[1,1],\"data_offsets\":[20,24]},"
                        + "\"none\":{\"dtype\":\"F32\",\"shape\":[3,0],\"data_offsets\":[24,24]}}");
        assertThat(file.getLong()).isEqualTo(-1);
        assertThat(file.getLong()).isEqualTo(7);
        assertThat(file.getFloat()).isEqualTo(1.5f);
        assertThat(file.getInt()).isEqualTo(258);
        assertThat(file.remaining()).isZero();
    }

    @ParameterizedTest
    @EnumSource(Dtype.class)
    void everyDtypeAndShapeComesBack(Dtype dtype) {
        byte[] pattern = new byte[6 * dtype.bytes()];
        new Random(dtype.bytes()).nextBytes(pattern);
        if (dtype == Dtype.BOOL) {
            pattern = new byte[] {0, 1, 1, 0, 1, 0};
        }
        byte[] six = pattern;
        byte[] one = Arrays.copyOf(six, dtype.bytes());
        Path path = folder.resolve("dtype.safetensors");
        SafeTensorsWriter.write(
                path,
                List.of(
                        TensorEntry.bytes(TensorInfo.of("matrix", dtype, 2, 3), () -> ByteBuffer.wrap(six)),
                        TensorEntry.bytes(TensorInfo.of("empty", dtype, 0), () -> ByteBuffer.allocate(0)),
                        TensorEntry.bytes(TensorInfo.of("scalar", dtype), () -> ByteBuffer.wrap(one))),
                Map.of());
        try (SafeTensorsFile file = SafeTensorsFile.open(path)) {
            assertThat(file.names()).containsExactly("matrix", "empty", "scalar");
            assertThat(file.info("matrix")).isEqualTo(TensorInfo.of("matrix", dtype, 2, 3));
            assertThat(file.buffer("matrix")).isEqualTo(ByteBuffer.wrap(six));
            assertThat(file.buffer("scalar")).isEqualTo(ByteBuffer.wrap(one));
            if (dtype.isFloating()) {
                assertThat(file.floats("empty")).isEmpty();
                assertThat(file.floats("matrix")[0]).isEqualTo(file.floats("scalar")[0]);
            } else {
                assertThat(file.longs("empty")).isEmpty();
                assertThat(file.longs("matrix")[0]).isEqualTo(file.longs("scalar")[0]);
            }
        }
    }

    @Test
    void numbersKeepTheirValue() {
        ByteBuffer bytes = ByteBuffer.allocate(8 + 8 + 4 + 4 + 4 + 2 + 2 + 1).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putDouble(0.1).putDouble(-1e300);
        bytes.putShort((short) 0x3c00).putShort((short) 0xfbff);
        bytes.putShort((short) 0x3f80).putShort((short) 0xc049);
        bytes.putInt(Integer.MIN_VALUE)
                .putShort((short) -2)
                .put((byte) -3)
                .put((byte) -3)
                .put((byte) 1);
        List<TensorEntry> entries = new ArrayList<>();
        int at = 0;
        for (TensorInfo info : List.of(
                TensorInfo.of("f64", Dtype.F64, 2),
                TensorInfo.of("f16", Dtype.F16, 2),
                TensorInfo.of("bf16", Dtype.BF16, 2),
                TensorInfo.of("i32", Dtype.I32),
                TensorInfo.of("i16", Dtype.I16),
                TensorInfo.of("i8", Dtype.I8),
                TensorInfo.of("u8", Dtype.U8),
                TensorInfo.of("bool", Dtype.BOOL))) {
            ByteBuffer slice = bytes.slice(at, (int) info.byteLength());
            entries.add(TensorEntry.bytes(info, () -> slice));
            at += slice.capacity();
        }
        Path path = folder.resolve("values.safetensors");
        SafeTensorsWriter.write(path, entries, Map.of());
        try (SafeTensorsFile file = SafeTensorsFile.open(path)) {
            assertThat(file.floats("f64")).containsExactly(0.1f, Float.NEGATIVE_INFINITY);
            assertThat(file.floats("f16")).containsExactly(1f, -65504f);
            assertThat(file.floats("bf16")).containsExactly(1f, -3.140625f);
            assertThat(file.longs("i32")).containsExactly(Integer.MIN_VALUE);
            assertThat(file.longs("i16")).containsExactly(-2);
            assertThat(file.longs("i8")).containsExactly(-3);
            assertThat(file.longs("u8")).containsExactly(253);
            assertThat(file.longs("bool")).containsExactly(1);
        }
    }

    @Test
    void tensorsOfManyChunksComeBack() {
        float[] floats = new float[200_003];
        long[] longs = new long[70_001];
        int[] ints = new int[131_073];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = i * 0.5f - 7;
        }
        Arrays.setAll(longs, i -> (1L << 40) - i);
        Arrays.setAll(ints, i -> -i);
        Path path = folder.resolve("chunks.safetensors");
        SafeTensorsWriter.write(
                path,
                List.of(
                        TensorEntry.longs("longs", longs, longs.length),
                        TensorEntry.floats("floats", () -> floats, 1, floats.length),
                        TensorEntry.ints("ints", ints, ints.length)),
                Map.of());
        try (SafeTensorsFile file = SafeTensorsFile.open(path)) {
            assertThat(file.floats("floats")).isEqualTo(floats);
            assertThat(file.longs("longs")).isEqualTo(longs);
            assertThat(file.longs("ints"))
                    .isEqualTo(Arrays.stream(ints).asLongStream().toArray());
        }
    }

    @Test
    void equalTensorsAndMetadataGiveEqualFiles() throws Exception {
        Map<String, String> ascending = new LinkedHashMap<>();
        Map<String, String> descending = new LinkedHashMap<>();
        for (int i = 0; i < 50; i++) {
            ascending.put("key" + i, "value" + i);
            descending.put("key" + (49 - i), "value" + (49 - i));
        }
        List<TensorEntry> tensors = List.of(TensorEntry.floats("x", new float[] {1, 2}, 2));
        Path one = folder.resolve("one.safetensors");
        Path two = folder.resolve("two.safetensors");
        SafeTensorsWriter.write(one, tensors, ascending);
        SafeTensorsWriter.write(two, tensors, descending);
        assertThat(one).hasSameBinaryContentAs(two);
        try (SafeTensorsFile file = SafeTensorsFile.open(one)) {
            assertThat(file.metadata()).isEqualTo(new HashMap<>(descending));
        }
    }

    @Test
    void aLongMetadataValueComesBack() {
        String plan = "{\"matrices\":[]}".repeat(2_000_000);
        Path path = folder.resolve("plan.safetensors");
        SafeTensorsWriter.write(path, List.of(), Map.of("plan", plan));
        try (SafeTensorsFile file = SafeTensorsFile.open(path)) {
            assertThat(file.metadata().get("plan").equals(plan)).isTrue();
        }
    }

    @Test
    void aTensorThatDoesNotFillItsShapeLeavesTheOldFile() throws Exception {
        Path path = folder.resolve("old.safetensors");
        SafeTensorsWriter.write(path, List.of(), Map.of("age", "old"));
        byte[] old = Files.readAllBytes(path);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> SafeTensorsWriter.write(
                        path, List.of(TensorEntry.floats("x", new float[] {1, 2, 3}, 2, 2)), Map.of()))
                .withMessage("tensor 'x': expected 16 bytes for F32 [2, 2], found 12");
        assertThat(path).hasBinaryContent(old);
        try (Stream<Path> files = Files.list(folder)) {
            assertThat(files).containsExactly(path);
        }
    }

    @Test
    void namesMustDifferAndBeText() {
        Path path = folder.resolve("never.safetensors");
        TensorEntry x = TensorEntry.floats("x", new float[1], 1);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> SafeTensorsWriter.write(path, List.of(x, x), Map.of()))
                .withMessage("expected different names, found two tensors 'x'");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TensorEntry.floats("__metadata__", new float[1], 1))
                .withMessage("a tensor cannot be called __metadata__");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> SafeTensorsWriter.write(path, List.of(), Map.of("k", "\ud800")))
                .withMessageStartingWith("metadata 'k': expected Unicode text");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TensorEntry.floats("\udc00x", new float[1], 1))
                .withMessageStartingWith("name: expected Unicode text");
        assertThat(path).doesNotExist();
    }
}
