package dev.inlay.data.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.inlay.data.Examples;
import dev.inlay.data.Images;
import dev.inlay.error.DataException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TensorFilesTest {
    @TempDir
    private Path folder;

    @Test
    void imagesComeOutAsTheyAre() {
        Examples examples = TensorFiles.open(file("a", 2, 2, 4, 1, 0));
        assertThat(examples.size()).isEqualTo(2);
        assertThat(examples.height()).isEqualTo(2);
        assertThat(examples.width()).isEqualTo(4);
        assertThat(examples.label(0)).isEqualTo(1);
        assertThat(examples.classNames()).containsExactly("0", "1");
        assertThat(examples.id(1)).isEqualTo("1");
        assertThat(examples.repeats()).isTrue();
        float[] out = new float[26];
        examples.read(1, 3, out, 1);
        float[] expected = new float[26];
        for (int i = 0; i < 24; i++) {
            expected[i + 1] = (24 + i) * 0.5f;
        }
        assertThat(out).isEqualTo(expected);
    }

    @Test
    void splitsShareTheClassesAndJoinTrainWithValidation() {
        Splits<Examples> splits = TensorFiles.read(
                file("a", 2, 2, 2, 0, 1), Optional.of(file("b", 1, 2, 2, 1)), Optional.of(file("c", 1, 2, 2, 3)));
        assertThat(splits.train().classNames()).containsExactly("0", "1", "2", "3");
        assertThat(splits.trainAndValidation().size()).isEqualTo(3);
        assertThat(splits.trainAndValidation().label(2)).isEqualTo(1);
        float[] joined = new float[12];
        float[] alone = new float[12];
        splits.trainAndValidation().read(2, Examples.EVALUATION, joined, 0);
        splits.validation().read(0, Examples.EVALUATION, alone, 0);
        assertThat(joined).isEqualTo(alone);
        assertThat(splits.train().fingerprint())
                .isNotEqualTo(splits.trainAndValidation().fingerprint());
    }

    @Test
    void splitsThatAreNotGivenAreEmpty() {
        Splits<Examples> splits = TensorFiles.read(file("a", 1, 2, 2, 0), Optional.empty(), Optional.empty());
        assertThat(splits.validation().size()).isZero();
        assertThat(splits.test().height()).isEqualTo(2);
        assertThatThrownBy(() -> splits.test().label(0)).isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    void wrongTensorsAreNamed() {
        assertThatThrownBy(() -> TensorFiles.open(write("m", header("images", "F32", 48, 1, 3, 2, 2), 48)))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("labels");
        assertThatThrownBy(() -> TensorFiles.open(file("few", 2, 2, 2, 0)))
                .hasMessageEndingWith("few: labels: expected [2] I64 as there are images, found [1] I64");
        assertThatThrownBy(() -> TensorFiles.open(write("grey", header("images", "F32", 16, 1, 1, 2, 2), 16)))
                .hasMessageEndingWith("grey: images: expected (N, 3, H, W) F32, found [1, 1, 2, 2] F32");
        assertThatThrownBy(() -> TensorFiles.open(file("negative", 1, 2, 2, -4)))
                .hasMessageEndingWith("negative: labels[0]: expected 0 to 999999, found -4");
        Path small = file("small", 1, 2, 2, 0);
        Path large = file("large", 1, 3, 2, 0);
        assertThatThrownBy(() -> TensorFiles.read(small, Optional.empty(), Optional.of(large)))
                .hasMessage(large + ": expected images of 2 x 2 pixels as in " + small + ", found 3 x 2");
    }

    /** Images that count on in steps of a half. */
    private Path file(String name, int n, int height, int width, long... labels) {
        int imageBytes = n * 3 * height * width * 4;
        String header = header("images", "F32", imageBytes, n, 3, height, width);
        header = header.substring(0, header.length() - 1) + ",\"labels\":{\"dtype\":\"I64\",\"shape\":[" + labels.length
                + "],\"data_offsets\":[" + imageBytes + "," + (imageBytes + labels.length * 8) + "]}}";
        ByteBuffer data = ByteBuffer.allocate(imageBytes + labels.length * 8).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < imageBytes / 4; i++) {
            data.putFloat(i * 0.5f);
        }
        for (long label : labels) {
            data.putLong(label);
        }
        return write(name, header, data.array());
    }

    private static String header(String tensor, String dtype, int bytes, int... shape) {
        String sizes = Arrays.stream(shape).mapToObj(Integer::toString).collect(Collectors.joining(","));
        return "{\"" + tensor + "\":{\"dtype\":\"" + dtype + "\",\"shape\":[" + sizes + "],\"data_offsets\":[0," + bytes
                + "]}}";
    }

    private Path write(String name, String header, int zeros) {
        return write(name, header, new byte[zeros]);
    }

    private Path write(String name, String header, byte[] data) {
        byte[] text = header.getBytes(StandardCharsets.UTF_8);
        byte[] file = ByteBuffer.allocate(8 + text.length + data.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(text.length)
                .put(text)
                .put(data)
                .array();
        return Images.write(folder.resolve(name), file);
    }
}
