package dev.inlay.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.inlay.checkpoint.safetensors.Dtype;
import dev.inlay.checkpoint.safetensors.SafeTensorsFile;
import dev.inlay.checkpoint.safetensors.SafeTensorsWriter;
import dev.inlay.checkpoint.safetensors.TensorEntry;
import dev.inlay.checkpoint.safetensors.TensorInfo;
import dev.inlay.error.DataException;
import dev.inlay.golden.Golden;
import dev.inlay.tensor.Tensors;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Checkpoints of every format behind one face. */
class CheckpointTest {
    @TempDir
    Path folder;

    @ParameterizedTest
    @EnumSource(
            value = Dtype.class,
            names = {"F16", "BF16"})
    void everyNumberOf16BitsIsWidenedExactly(Dtype dtype) {
        ByteBuffer all = ByteBuffer.allocate(2 << 16).order(ByteOrder.LITTLE_ENDIAN);
        for (int bits = 0; bits < 1 << 16; bits++) {
            all.putShort((short) bits);
        }
        Path path = folder.resolve("model.safetensors");
        SafeTensorsWriter.write(
                path, List.of(TensorEntry.bytes(TensorInfo.of("x", dtype, 256, 256), all::flip)), Map.of());
        try (Checkpoint file = Checkpoint.open(path);
                SafeTensorsFile plain = SafeTensorsFile.open(path)) {
            Tensor tensor = file.read("x");
            float[] widened = Tensors.floats(tensor);
            float[] expected = plain.floats("x");
            assertThat(Tensors.shapeOf(tensor)).containsExactly(256L, 256L);
            for (int i = 0; i < expected.length; i++) {
                assertThat(Float.floatToIntBits(widened[i])).isEqualTo(Float.floatToIntBits(expected[i]));
            }
            Tensors.release(tensor);
        }
    }

    @Test
    void aFolderIsOpenedByTheNamesOfItsFiles() throws IOException {
        assertThatThrownBy(() -> Checkpoint.open(folder))
                .isInstanceOf(DataException.class)
                .hasMessage(
                        folder + ": expected a folder with one of model.safetensors, model.safetensors.index.json,"
                                + " pytorch_model.bin, pytorch_model.bin.index.json, found none of them; give the file of weights");
        Files.copy(Golden.path("vit_pth/plain.pth"), folder.resolve("pytorch_model.bin"));
        try (Checkpoint file = Checkpoint.open(folder)) {
            assertThat(file.format()).isEqualTo("torch.save");
            assertThat(file.infos().get("cls_token").shape()).containsExactly(1L, 1L, 12L);
        }
        write("model.safetensors", "a");
        try (Checkpoint file = Checkpoint.open(folder)) {
            assertThat(file.infos()).containsOnlyKeys("a");
        }
    }

    @Test
    void everyFormatIsKnownByItsContent() {
        for (String name : List.of("vit_npz/vit.npz", "vit_pth/moco.pth.tar", "vit_forward/weights.safetensors")) {
            try (Checkpoint file = Checkpoint.open(Golden.path(name))) {
                String first = file.infos().keySet().iterator().next();
                Tensor tensor = file.read(first);
                assertThat(Tensors.shapeOf(tensor))
                        .isEqualTo(file.infos().get(first).shape());
                Tensors.release(tensor);
                assertThatThrownBy(() -> file.read("none"))
                        .isInstanceOf(DataException.class)
                        .hasMessageContaining("'none'");
            }
        }
    }

    @Test
    void shardsAreOneCheckpoint() throws IOException {
        write("model-00001-of-00002.safetensors", "a", "b");
        write("model-00002-of-00002.safetensors", "c");
        Path index = index("a", "model-00001-of-00002", "b", "model-00001-of-00002", "c", "model-00002-of-00002");
        for (Path path : List.of(index, folder)) {
            try (Checkpoint file = Checkpoint.open(path)) {
                assertThat(file.path()).isEqualTo(index);
                assertThat(file.format()).isEqualTo("safetensors in 2 files");
                assertThat(file.infos()).containsOnlyKeys("a", "b", "c");
                Tensor c = file.read("c");
                assertThat(Tensors.floats(c)).containsExactly('c', 0);
                Tensors.release(c);
                assertThatThrownBy(() -> file.read("d")).isInstanceOf(DataException.class);
            }
        }
    }

    @Test
    void shardsThatAreMissingAreListed() throws IOException {
        write("one.safetensors", "a");
        Path index = index("a", "one", "b", "two", "c", "three");
        assertThatThrownBy(() -> Checkpoint.open(index))
                .isInstanceOf(DataException.class)
                .hasMessage(
                        index + ": expected the files beside it to hold the tensors that it lists, found others (2):\n"
                                + "  - no file two.safetensors\n"
                                + "  - no file three.safetensors\n"
                                + "get all files of the checkpoint again");
    }

    @Test
    void tensorsInTwoShardsOrNoneOrUnlistedAreListedTogether() throws IOException {
        write("one.safetensors", "a", "b");
        write("two.safetensors", "b", "x");
        Path index = index("a", "one", "b", "one", "c", "two");
        assertThatThrownBy(() -> Checkpoint.open(index))
                .isInstanceOf(DataException.class)
                .hasMessageContaining(
                        """
                        found others (3):
                          - b: in one.safetensors and in two.safetensors
                          - x: in two.safetensors, not in the index
                          - c: not in two.safetensors, where the index says it is
                        """);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[]",
                "{}",
                "{\"weight_map\": {}}",
                "{\"weight_map\": {\"a\": 3}}",
                "{\"weight_map\": {\"a\": \"../secret.safetensors\"}}",
                "{\"weight_map\": {\"a\": \"/etc/passwd\"}}",
                "{\"weight_map\": {\"a\": \"again.index.json\"}}",
                "{\"weight_map\": {\"a\": \"one.safetensors\", \"a\": \"two.safetensors\"}}",
                "{\"weight_map\": "
            })
    void anIndexThatIsNoneIsRefused(String json) throws IOException {
        Path index = Files.writeString(folder.resolve("model.safetensors.index.json"), json);
        write("one.safetensors", "a");
        assertThatThrownBy(() -> Checkpoint.open(index))
                .isInstanceOf(DataException.class)
                .hasMessageStartingWith(index + ": ")
                .hasMessageContaining("weight_map");
    }

    @Test
    void tensorsBeyondTwoGigabytesAreMappedOneByOne() throws IOException {
        long big = 1_200_000_000L;
        String header = "{\"a\":{\"dtype\":\"F32\",\"shape\":[300000000],\"data_offsets\":[0," + big + "]},"
                + "\"b\":{\"dtype\":\"BF16\",\"shape\":[600000000],\"data_offsets\":[" + big + "," + 2 * big + "]},"
                + "\"c\":{\"dtype\":\"F32\",\"shape\":[1,3],\"data_offsets\":[" + 2 * big + "," + (2 * big + 12)
                + "]}}";
        byte[] padded = (header + " ".repeat(7 - (header.length() + 7) % 8)).getBytes(StandardCharsets.US_ASCII);
        Path path = folder.resolve("model.safetensors");
        FileStore store = Files.getFileStore(folder);
        long free = store.getUnallocatedSpace();
        try (FileChannel out = FileChannel.open(
                path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE, StandardOpenOption.SPARSE)) {
            ByteBuffer start = ByteBuffer.allocate(8 + padded.length).order(ByteOrder.LITTLE_ENDIAN);
            out.write(start.putLong(padded.length).put(padded).flip());
            ByteBuffer last = ByteBuffer.allocate(12).order(ByteOrder.LITTLE_ENDIAN);
            out.write(last.putFloat(1).putFloat(2).putFloat(3).flip(), 8 + padded.length + 2 * big);
            out.force(true);
        }
        assumeTrue(free - store.getUnallocatedSpace() < big, "the file system of " + folder + " has no sparse files");
        try (Checkpoint file = Checkpoint.open(path)) {
            assertThat(file.infos()).containsOnlyKeys("a", "b", "c");
            Tensor c = file.read("c");
            assertThat(Tensors.floats(c)).containsExactly(1, 2, 3);
            Tensors.release(c);
        }
    }

    private void write(String file, String... names) {
        SafeTensorsWriter.write(
                folder.resolve(file),
                List.of(names).stream()
                        .map(name -> TensorEntry.floats(name, new float[] {name.charAt(0), 0}, 2))
                        .toList(),
                Map.of());
    }

    private Path index(String... namesAndFiles) throws IOException {
        StringBuilder map = new StringBuilder();
        for (int i = 0; i < namesAndFiles.length; i += 2) {
            map.append(i == 0 ? "" : ", ")
                    .append('"' + namesAndFiles[i] + "\": \"" + namesAndFiles[i + 1] + ".safetensors\"");
        }
        return Files.writeString(
                folder.resolve("model.safetensors.index.json"),
                "{\"metadata\": {\"total_size\": 24}, \"weight_map\": {" + map + "}}");
    }
}
