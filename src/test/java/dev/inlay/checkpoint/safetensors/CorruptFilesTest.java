package dev.inlay.checkpoint.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.sun.management.ThreadMXBean;
import dev.inlay.error.DataException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Each kind of damage is refused by a message that says where it is, what was expected and what was found. */
class CorruptFilesTest {
    @TempDir
    Path folder;

    static Stream<Arguments> damagedHeaders() {
        return Stream.of(
                header("empty header", "", 0, "header: expected it to begin with '{', found nothing"),
                header("array", "[]", 0, "header: expected it to begin with '{', found byte 91"),
                header("leading space", " {}", 0, "header: expected it to begin with '{', found byte 32"),
                header("unfinished", "{\"a\":", 0, "header: expected a JSON object, found a fault: it ends too early"),
                header(
                        "not JSON",
                        "{a}",
                        0,
                        "header: expected a JSON object, found a fault: it is no JSON at line 1, column 2"),
                header("two objects", "{} {}", 0, "header: expected nothing but spaces after the JSON object"),
                header(
                        "NUL padding",
                        "{}\0",
                        0,
                        "header: expected a JSON object, found a fault: it is no JSON at line 1"),
                header(
                        "name twice",
                        "{" + tensor("a", "U8", "1", "0,1") + "," + tensor("a", "U8", "1", "1,2") + "}",
                        2,
                        "the key 'a' is there twice"),
                header(
                        "metadata twice",
                        "{\"__metadata__\":{},\"__metadata__\":{}}",
                        0,
                        "the key '__metadata__' is there twice"),
                header(
                        "metadata key twice",
                        "{\"__metadata__\":{\"k\":\"1\",\"k\":\"2\"}}",
                        0,
                        "the key 'k' is there twice"),
                header(
                        "dtype twice",
                        "{\"a\":{\"dtype\":\"U8\",\"dtype\":\"I8\",\"shape\":[],\"data_offsets\":[0,1]}}",
                        1,
                        "the key 'dtype' is there twice"),
                header(
                        "metadata a list",
                        "{\"__metadata__\":[]}",
                        0,
                        "__metadata__: expected an object of strings, found an array"),
                header(
                        "metadata a number",
                        "{\"__metadata__\":{\"k\":1}}",
                        0,
                        "__metadata__ 'k': expected a string, found an integer"),
                header(
                        "tensor a string",
                        "{\"a\":\"x\"}",
                        0,
                        "tensor 'a': expected an object of dtype, shape and data_offsets, found a string"),
                header(
                        "no dtype",
                        "{\"a\":{\"shape\":[],\"data_offsets\":[0,1]}}",
                        1,
                        "tensor 'a': expected dtype, shape and data_offsets, found no dtype"),
                header(
                        "no shape",
                        "{\"a\":{\"dtype\":\"U8\",\"data_offsets\":[0,1]}}",
                        1,
                        "tensor 'a': expected dtype, shape and data_offsets, found no shape"),
                header(
                        "no offsets",
                        "{\"a\":{\"dtype\":\"U8\",\"shape\":[]}}",
                        1,
                        "tensor 'a': expected dtype, shape and data_offsets, found no data_offsets"),
                header(
                        "unknown key",
                        "{\"a\":{\"dtype\":\"U8\",\"shape\":[],\"data_offsets\":[0,1],\"strides\":[1]}}",
                        1,
                        "tensor 'a': expected only dtype, shape and data_offsets, found 'strides'"),
                tensorOnly(
                        "unknown dtype",
                        "F8_E8M0",
                        "1",
                        "0,1",
                        1,
                        "dtype: expected one of [F64, F32, F16, BF16, F8_E4M3, F8_E5M2, I64, I32, I16, I8, U8, BOOL], found"
                                + " 'F8_E8M0'"),
                tensorOnly("lower-case dtype", "f32", "1", "0,4", 4, "found 'f32'"),
                tensorOnly(
                        "negative size",
                        "F32",
                        "-1",
                        "0,4",
                        4,
                        "shape: expected integers from 0 to 2^63 - 1, found -1"),
                tensorOnly(
                        "size beyond long",
                        "F32",
                        "18446744073709551616",
                        "0,4",
                        4,
                        "shape: expected integers from 0 to 2^63 - 1, found 18446744073709551616"),
                tensorOnly("fraction as size", "F32", "1.0", "0,4", 4, "shape: expected integers, found a fraction"),
                tensorOnly("nested size", "F32", "[1]", "0,4", 4, "shape: expected integers, found an array"),
                tensorOnly(
                        "overflowing shape",
                        "F32",
                        "4294967296,4294967296",
                        "0,4",
                        4,
                        "shape: expected fewer than 2^63 bytes, found [4294967296, 4294967296]"),
                tensorOnly(
                        "overflowing bytes",
                        "F64",
                        "1152921504606846976",
                        "0,8",
                        8,
                        "shape: expected fewer than 2^63 bytes, found [1152921504606846976]"),
                tensorOnly("65 sizes", "F32", ones(65), "0,4", 4, "shape: expected at most 64 integers, found more"),
                tensorOnly("one offset", "F32", "1", "0", 4, "data_offsets: expected a begin and an end, found [0]"),
                tensorOnly(
                        "three offsets",
                        "F32",
                        "1",
                        "0,4,8",
                        4,
                        "data_offsets: expected at most 2 integers, found more"),
                tensorOnly(
                        "negative offset",
                        "F32",
                        "1",
                        "-4,0",
                        4,
                        "data_offsets: expected integers from 0 to 2^63 - 1, found -4"),
                tensorOnly(
                        "end before begin",
                        "F32",
                        "1",
                        "4,0",
                        4,
                        "data_offsets: expected a range within the 4 bytes after the header, found [4, 0]"),
                tensorOnly(
                        "end after the file",
                        "F32",
                        "2",
                        "0,8",
                        4,
                        "data_offsets: expected a range within the 4 bytes after the header, found [0, 8]"),
                tensorOnly(
                        "end far after the file",
                        "F32",
                        "1",
                        "0,9223372036854775807",
                        4,
                        "found [0, 9223372036854775807]"),
                tensorOnly(
                        "too few bytes for the shape",
                        "F32",
                        "3",
                        "0,8",
                        8,
                        "data_offsets: expected 12 bytes for F32 [3], found [0, 8]"),
                tensorOnly(
                        "too many bytes for the shape",
                        "F16",
                        "3",
                        "0,8",
                        8,
                        "data_offsets: expected 6 bytes for F16 [3], found [0, 8]"),
                tensorOnly(
                        "bytes for an empty tensor",
                        "F32",
                        "0,5",
                        "0,4",
                        4,
                        "data_offsets: expected 0 bytes for F32 [0, 5], found [0, 4]"),
                tensorOnly(
                        "gap at the start",
                        "F32",
                        "1",
                        "4,8",
                        8,
                        "data_offsets: expected the tensor to begin at 0, where the one before ends, without a gap,"
                                + " found [4, 8]"),
                tensorOnly(
                        "bytes after the last",
                        "F32",
                        "1",
                        "0,4",
                        7,
                        "expected the tensors to fill the 7 bytes after the header, found 3 bytes that belong to none"),
                header(
                        "bytes and no tensor",
                        "{}",
                        1,
                        "expected the tensors to fill the 1 bytes after the header, found 1 bytes"),
                header(
                        "gap between",
                        "{" + tensor("b", "F32", "1", "8,12") + "," + tensor("a", "F32", "1", "0,4") + "}",
                        12,
                        "tensor 'b': data_offsets: expected the tensor to begin at 4, where the one before ends,"
                                + " without a gap, found [8, 12]"),
                header(
                        "overlap",
                        "{" + tensor("a", "F32", "2", "0,8") + "," + tensor("b", "F32", "2", "4,12") + "}",
                        12,
                        "tensor 'b': data_offsets: expected the tensor to begin at 8, where the one before ends,"
                                + " without overlap, found [4, 12]"),
                header(
                        "same bytes twice",
                        "{" + tensor("a", "F32", "1", "0,4") + "," + tensor("b", "F32", "1", "0,4") + "}",
                        4,
                        "tensor 'b': data_offsets: expected the tensor to begin at 4"),
                header(
                        "empty tensor inside another",
                        "{" + tensor("a", "F32", "1", "0,4") + "," + tensor("e", "F32", "0", "2,2") + "}",
                        4,
                        "tensor 'e': data_offsets: expected the tensor to begin at 4"),
                header(
                        "half a surrogate pair",
                        "{" + tensor("\\ud800", "U8", "0", "0,0") + "}",
                        0,
                        ": expected "), // Unicode text of its name; newer versions of Jackson read no further than that
                header("control characters in a name", "{\"a\\nb\":1}", 0, "tensor 'a?b': expected an object"),
                header(
                        "a long name",
                        "{\"" + "n".repeat(9000) + "\":1}",
                        0,
                        "tensor '" + "n".repeat(120) + "…': expected"),
                header(
                        "100,001 tensors",
                        "{"
                                + IntStream.rangeClosed(0, 100_000)
                                        .mapToObj(i -> tensor("t" + i, "U8", "0", "0,0"))
                                        .collect(Collectors.joining(","))
                                + "}",
                        0,
                        "header: expected at most 100000 tensors, found more"),
                header(
                        "deep nesting",
                        "{\"a\":{\"dtype\":" + "[".repeat(5000),
                        0,
                        "tensor 'a': dtype: expected a string, found an array"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("damagedHeaders")
    void isRefused(String kind, String header, int dataBytes, String message) throws Exception {
        assertRefused(RawFile.bytes(header, dataBytes), message);
    }

    @Test
    void aFileWithoutALengthIsRefused() throws Exception {
        assertRefused(new byte[0], "expected at least 8 bytes, found 0");
        assertRefused(new byte[7], "expected at least 8 bytes, found 7");
    }

    @Test
    void aHeaderCutShortIsRefused() throws Exception {
        byte[] whole = RawFile.bytes("{" + tensor("a", "F32", "1", "0,4") + "}", 0);
        byte[] cut = Arrays.copyOf(whole, 20);
        assertRefused(cut, "header length: expected at most the 12 bytes that follow it, found " + (whole.length - 8));
    }

    @Test
    void aHeaderLengthAboveTheCapIsRefused() throws Exception {
        assertRefused(length(100_000_001L), "header length: expected at most 100000000 bytes, found 100000001");
        assertRefused(length(-1L), "header length: expected at most 100000000 bytes, found 18446744073709551615");
    }

    @Test
    void aHeaderLengthAboveTheFileIsRefusedBeforeAnythingIsAllocatedForIt() throws Exception {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long thread = Thread.currentThread().getId();
        assertRefused(length(100_000_000L), "header length: expected at most the 8 bytes that follow it");
        long before = threads.getThreadAllocatedBytes(thread);
        assertRefused(length(100_000_000L), "header length: expected at most the 8 bytes that follow it");
        assertThat(threads.getThreadAllocatedBytes(thread) - before).isLessThan(10_000_000);
    }

    @Test
    void bytesThatAreNotUtf8AreRefused() throws Exception {
        byte[] file = RawFile.bytes("{" + tensor("?", "U8", "1", "0,1") + "}", 1);
        file[10] = (byte) 0xc0;
        assertRefused(file, "header: expected UTF-8 text, found bytes that are not");
        byte[] utf16 = "{\"a\":1}".getBytes(StandardCharsets.UTF_16LE);
        byte[] wide = ByteBuffer.allocate(8 + utf16.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(utf16.length)
                .put(utf16)
                .array();
        assertRefused(wide, "header: expected a JSON object");
    }

    @Test
    void aMissingFileAndAFolderAreRefused() {
        Path missing = folder.resolve("none.safetensors");
        assertThatThrownBy(() -> SafeTensorsFile.open(missing))
                .isInstanceOf(DataException.class)
                .hasMessage(missing + ": expected a safetensors file, found no file; check the path");
        assertThatThrownBy(() -> SafeTensorsFile.open(folder))
                .isInstanceOf(DataException.class)
                .hasMessageStartingWith(folder + ": cannot be read: ");
    }

    @Test
    void aFileThatShrinksWhileOpenIsRefused() throws Exception {
        byte[] bytes = RawFile.bytes("{" + tensor("a", "F32", "2", "0,8") + "}", 8);
        Path path = RawFile.write(folder, bytes);
        try (SafeTensorsFile file = SafeTensorsFile.open(path)) {
            Files.write(path, Arrays.copyOf(bytes, bytes.length - 3));
            assertThatThrownBy(() -> file.floats("a"))
                    .isInstanceOf(DataException.class)
                    .hasMessageStartingWith(
                            path + ": expected 3 more bytes at " + (bytes.length - 3) + ", found the end");
        }
    }

    private void assertRefused(byte[] bytes, String message) throws Exception {
        Path path = RawFile.write(folder, bytes);
        assertThatThrownBy(() -> SafeTensorsFile.open(path))
                .isInstanceOf(DataException.class)
                .hasMessageStartingWith(path + ": ")
                .hasMessageContaining(message);
    }

    private static Arguments header(String kind, String header, int dataBytes, String message) {
        return arguments(kind, header, dataBytes, message);
    }

    private static Arguments tensorOnly(
            String kind, String dtype, String shape, String offsets, int dataBytes, String message) {
        return arguments(kind, "{" + tensor("a", dtype, shape, offsets) + "}", dataBytes, message);
    }

    private static String tensor(String name, String dtype, String shape, String offsets) {
        return "\"" + name + "\":{\"dtype\":\"" + dtype + "\",\"shape\":[" + shape + "],\"data_offsets\":[" + offsets
                + "]}";
    }

    private static String ones(int count) {
        return IntStream.range(0, count).mapToObj(i -> "1").collect(Collectors.joining(","));
    }

    private static byte[] length(long headerLength) {
        return ByteBuffer.allocate(16)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(headerLength)
                .array();
    }
}
