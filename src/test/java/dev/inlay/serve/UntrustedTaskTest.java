package dev.inlay.serve;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.inlay.backbone.vit.VisionTransformer;
import dev.inlay.error.DataException;
import dev.inlay.golden.Golden;
import dev.inlay.tuning.method.Lora;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Task files that somebody made who wishes a service no good: each is refused when it is put, in words of its own. */
@Timeout(60)
class UntrustedTaskTest {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    @TempDir
    private static Path folder;

    private static VisionTransformer vit;
    private static Predictor predictor;
    private static byte[] whole;

    @BeforeAll
    static void open() throws IOException {
        vit = Golden.vit();
        predictor = new Predictor(vit);
        Lora spec = new Lora(2, 2, 0, List.of("attn.q"), List.of());
        whole = Files.readAllBytes(ServedTasks.write(folder.resolve("whole"), vit, spec, 3, 1));
    }

    @AfterAll
    static void close() {
        predictor.close();
        vit.close();
    }

    /** The whole task with another header. */
    private static byte[] changed(Consumer<ObjectNode> change) throws IOException {
        int length = (int) ByteBuffer.wrap(whole).order(ByteOrder.LITTLE_ENDIAN).getLong();
        ObjectNode header = (ObjectNode) JSON.readTree(whole, Long.BYTES, length);
        change.accept(header);
        byte[] text = header.toString().getBytes(UTF_8);
        ByteBuffer file =
                ByteBuffer.allocate(whole.length - length + text.length).order(ByteOrder.LITTLE_ENDIAN);
        file.putLong(text.length).put(text).put(whole, Long.BYTES + length, whole.length - Long.BYTES - length);
        return file.array();
    }

    private static byte[] with(String key, String value) throws IOException {
        return changed(header -> ((ObjectNode) header.get("__metadata__")).put(key, value));
    }

    /** The whole task with all numbers the same. */
    private static byte[] filled(float value) {
        int start = Long.BYTES
                + (int) ByteBuffer.wrap(whole).order(ByteOrder.LITTLE_ENDIAN).getLong();
        ByteBuffer file =
                ByteBuffer.wrap(whole.clone()).order(ByteOrder.LITTLE_ENDIAN).position(start);
        while (file.hasRemaining()) {
            file.putFloat(value);
        }
        return file.array();
    }

    private static Throwable put(byte[] content) {
        return catchThrowable(() -> {
            try (TaskFolder tasks = new TaskFolder(folder.resolve("tasks"), predictor)) {
                tasks.put("a", new ByteArrayInputStream(content));
            }
        });
    }

    @Test
    void theTaskThatIsChangedBelowIsTaken() throws IOException {
        assertThat(put(whole)).isNull();
        assertThat(put(changed(header -> {}))).isNull();
        predictor.remove("a");
    }

    private static String transform(String resize, String height, String std) {
        return "{\"resize\":" + resize + ",\"height\":" + height + ",\"width\":32,\"normalization\":{\"mean\":[0,0,0],"
                + "\"std\":[" + std + "]},\"exifOrientation\":\"apply\"}";
    }

    private static String exact(int height, int width) {
        return "{\"to\":\"exact\",\"height\":" + height + ",\"width\":" + width + ",\"interpolation\":\"bicubic\"}";
    }

    private static String spec(String rank) {
        return "{\"rank\":" + rank + ",\"alpha\":2,\"dropout\":0,\"operations\":[\"attn.q\"],\"blocks\":[]}";
    }

    static Stream<Arguments> faults() {
        String ones = "1,1,1";
        return Stream.of(
                Arguments.of("transform", transform(exact(16384, 16384), "24", ones), "at most 1024 pixels a side"),
                Arguments.of("transform", transform(exact(24, 4096), "24", ones), "at most 1024 pixels a side"),
                Arguments.of(
                        "transform",
                        transform("{\"to\":\"shortSide\",\"pixels\":16384,\"interpolation\":\"bicubic\"}", "24", ones),
                        "at most 1024 pixels a side"),
                Arguments.of("transform", transform(exact(1 << 30, 32), "24", ones), "height must be in [1, 16384]"),
                Arguments.of("transform", transform(exact(32, 32), "16384", ones), "does not fit in an image of"),
                Arguments.of("transform", transform(exact(32, 32), "\"x\"", ones), "'height': expected a whole number"),
                Arguments.of("transform", transform(exact(32, 32), "24", "0,1,1"), "std must be above 0"),
                Arguments.of("transform", transform(exact(32, 32), "24", "1e-300,1,1"), "found the logit"),
                Arguments.of("transform", transform(exact(32, 32), "24", "1e999,1,1"), "must be three numbers"),
                Arguments.of(
                        "transform",
                        transform("{\"to\":\"magic\"}", "24", ones),
                        "'resize': expected one of exact, shortSide"),
                Arguments.of("transform", transform("{}", "24", ones), "the key 'to' is missing"),
                Arguments.of(
                        "transform",
                        transform(exact(32, 32).replace("bicubic", "lanczos"), "24", ones),
                        "'resize.interpolation': expected one of "),
                Arguments.of("transform", "{}", "the key 'resize' is missing"),
                Arguments.of(
                        "transform",
                        transform(exact(32, 32), "24", ones).replace("{\"resize", "{\"extra\":1,\"resize"),
                        "unknown key 'extra'; allowed here: exifOrientation, height"),
                Arguments.of("transform", "[]", "expected an object, found a list"),
                Arguments.of(
                        "classNames", "[" + "[".repeat(5000) + "]".repeat(5000) + "]", "it is nested deeper than 100"),
                Arguments.of("classNames", "[" + "0,".repeat(2_000_000) + "0]", "it has more than 1000000 values"),
                Arguments.of("classNames", "[\"a\",\"b\"," + "1".repeat(2000) + "]", "longer than 1000 digits"),
                Arguments.of(
                        "classNames",
                        "[\"a\",\"b\",\"" + "c".repeat(1001) + "\"]",
                        "classNames[2]: expected at most 1000"),
                Arguments.of("classNames", "[" + "\"a\",".repeat(100_000) + "\"a\"]", "at most 100000 classes"),
                Arguments.of("classNames", "[\"a\",\"b\"", "it ends too early"),
                Arguments.of("classNames", "[a]", "it is no JSON at line 1, column "),
                Arguments.of("classNames", "[] []", "there is more behind its end"),
                Arguments.of("classNames", "[]", "expected at least one"),
                Arguments.of("classNames", "[\"a\"]", "head.weight: expected [1, 48], found [3, 48]"),
                Arguments.of("classNames", "[1,2,3]", "classNames[0]': expected text, found 1"),
                Arguments.of("metrics", "{\"a\":1,\"a\":2}", "the key 'a' is there twice"),
                Arguments.of("metrics", "{\"a\":1e999}", "metrics.a: expected a finite number"),
                Arguments.of("metrics", "{\"a\":NaN}", "it is no JSON"),
                Arguments.of("metrics", "{\"a\":\"" + "x".repeat(100_000) + "\"}", "expected a number, found \"xxx"),
                Arguments.of("spec", spec("2147483648"), "a whole number from 1 to 4096"),
                Arguments.of("spec", spec("-1"), "a whole number from 1 to 4096"),
                Arguments.of("spec", spec("4096"), "expected [4096, 48], found [2, 48]"),
                Arguments.of(
                        "spec", spec("2").replace("alpha\":2", "alpha\":1e999"), "a number from 1.0E-6 to 1000000.0"),
                Arguments.of("spec", "null", "expected an object, found null"),
                Arguments.of("method", "x".repeat(100_000), "no method of tuning is called 'xxx"),
                Arguments.of("parameters", "{\"head\":9223372036854775807}", "expected"),
                Arguments.of(
                        "backbone",
                        "{\"name\":\"a\",\"spec\":{\"x\":1},\"fingerprint\":\"b\"}",
                        "the key 'height' is missing"),
                Arguments.of("provenance", "{\"a\":{}}", "expected text, found an object"),
                Arguments.of("format", "inlay-task-" + "9".repeat(100_000), "made by another version"));
    }

    @ParameterizedTest
    @MethodSource("faults")
    void isRefusedInWordsOfItsOwn(String key, String value, String words) throws IOException {
        Throwable refusal = put(with(key, value));
        assertThat(refusal).isInstanceOf(DataException.class).hasMessageContaining(words);
        assertThat(refusal.getMessage())
                .hasSizeLessThan(1_500)
                .doesNotContain(
                        "jackson", "java", "inlay.", "Exception", "Constraints", "Feature", "deserialize", "Token")
                .doesNotContain(folder.toString());
        assertThat(predictor.tasks()).isEmpty();
    }

    @Test
    void numbersThatOverflowAreFoundByATrial() {
        for (float huge : new float[] {3e38f, -3e38f}) {
            assertThat(put(filled(huge)))
                    .isInstanceOf(DataException.class)
                    .hasMessageContaining("the file: expected finite numbers for an image for trial, found the logit");
        }
        for (float none : new float[] {Float.NaN, Float.NEGATIVE_INFINITY}) {
            assertThat(put(filled(none)))
                    .isInstanceOf(DataException.class)
                    .hasMessageContaining("expected finite numbers, found " + none);
        }
        assertThat(predictor.tasks()).isEmpty();
    }

    @Test
    void aFileThatIsLongerThanAnyTaskIsNotRead() throws IOException {
        Path file = folder.resolve("long");
        Files.write(file, whole);
        try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
            sparse.setLength(300L << 20);
        }
        assertThatThrownBy(() -> predictor.put("a", file))
                .isInstanceOf(DataException.class)
                .hasMessageContaining(
                        "expected a task of at most 268435456 bytes, twice its backbone, found 314572800");
        Files.delete(file);
    }

    @Test
    void aHeaderOfManyMegabytesIsNotRead() throws IOException {
        assertThat(put(with("provenance", "{\"a\":\"" + "x".repeat(17 << 20) + "\"}")))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("header length: expected at most 16777216 bytes");
    }
}
