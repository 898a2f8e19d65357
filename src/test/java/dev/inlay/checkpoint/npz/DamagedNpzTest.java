package dev.inlay.checkpoint.npz;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.inlay.error.DataException;
import dev.inlay.golden.Golden;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Each kind of damage is one failure that names file and entry, what was expected and what was found. */
class DamagedNpzTest {
    @TempDir
    Path folder;

    static Stream<Arguments> arrays() {
        byte[] four = new byte[4];
        return Stream.of(
                arguments("empty", new byte[0], "an .npy array, which begins with \\x93NUMPY, found other bytes"),
                arguments("no magic", "NUMPY   ".getBytes(StandardCharsets.US_ASCII), "found other bytes"),
                arguments(
                        "version 4",
                        RawNpz.array(4, "{}", four),
                        "version 1, 2 or 3 of the .npy format, found version 4"),
                arguments("huge header", longHeader(), "a header of at most 10000 bytes, found 4294967295 bytes"),
                arguments("cut header", cut(RawNpz.floats("()", 1), 20), "a header of 56 bytes, found 10; the file is"),
                arguments("no dictionary", RawNpz.array(1, "import os", four), "'shape': (2, 3)}, found import os"),
                arguments(
                        "code", header("'shape': f()"), "found {'descr': '<f4', 'fortran_order': False, 'shape': f()}"),
                arguments("twice", header("'shape': (1,), 'shape': (1,)"), "expected a header {"),
                arguments("unknown key", header("'shape': (1,), 'more': True"), "expected a header {"),
                arguments("no shape", header(""), "expected a header {"),
                arguments("a list", header("'shape': True"), "expected a header {"),
                arguments(
                        "fields",
                        RawNpz.array(1, "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': ()}", four),
                        "expected a header {"),
                arguments("negative", RawNpz.array("<f4", "(-1,)", four), "expected a header {"),
                arguments("beyond long", RawNpz.array("<f4", "(18446744073709551616,)", four), "fewer than 2^63 bytes"),
                arguments("overflow", RawNpz.array("<f4", "(4294967296, 4294967296)", four), "fewer than 2^63 bytes"),
                arguments("not numbers", RawNpz.array("<f4", "(1 1)", four), "a shape of whole numbers"),
                arguments(
                        "huge",
                        RawNpz.array("<f4", "(1000000, 1000000)", four),
                        "4000000000000 bytes for F32 [1000000, 1000000], found 4;"),
                arguments(
                        "short", RawNpz.array("<f4", "(2,)", four), "8 bytes for F32 [2], found 4; the header or the"),
                arguments("long", RawNpz.array("<f4", "()", new byte[5]), "4 bytes for F32 [], found 5;"),
                arguments(
                        "objects",
                        RawNpz.array("|O", "(1,)", pickle()),
                        "numbers, found Python objects (dtype |O), which are never unpickled"),
                arguments(
                        "text", RawNpz.array("<U1", "()", four), "b1, f2, f4, f8, i1, i2, i4, i8, u1, found dtype <U1"),
                arguments("complex", RawNpz.array("<c8", "()", new byte[8]), "found dtype <c8"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("arrays")
    void aDamagedArrayIsRefused(String damage, byte[] array, String message) {
        Path file = folder.resolve("a.npz");
        for (int method : new int[] {ZipEntry.STORED, ZipEntry.DEFLATED}) {
            RawNpz.write(file, Map.of("x.npy", array), method);
            assertThatThrownBy(() -> NpzFile.open(file))
                    .isInstanceOf(DataException.class)
                    .hasMessageStartingWith(file + ": entry 'x.npy': expected ")
                    .hasMessageContaining(message);
        }
    }

    @Test
    void aFileThatIsNoZipIsRefused() throws IOException {
        byte[] whole = Files.readAllBytes(Golden.path("vit_npz/vit.npz"));
        for (byte[] bytes :
                new byte[][] {{}, cut(whole, 100), cut(whole, whole.length / 2), cut(whole, whole.length - 1)}) {
            Path file = Files.write(folder.resolve("a.npz"), bytes);
            assertThatThrownBy(() -> NpzFile.open(file))
                    .isInstanceOf(DataException.class)
                    .hasMessageStartingWith(
                            file + ": expected an .npz file (a zip of arrays), found one that cannot be read")
                    .hasMessageEndingWith("; it is cut short, damaged or another kind of file");
        }
        assertThatThrownBy(() -> NpzFile.open(folder.resolve("none.npz")))
                .isInstanceOf(DataException.class)
                .hasMessageEndingWith("none.npz: expected an .npz file, found no file; check the path");
    }

    @Test
    void anEntryThatIsNoArrayIsRefused() {
        Path file = RawNpz.write(folder.resolve("a.npz"), Map.of("read\nme", new byte[3]));
        assertThatThrownBy(() -> NpzFile.open(file))
                .isInstanceOf(DataException.class)
                .hasMessage(file
                        + ": entry 'read?me': expected arrays whose names end in .npy, found another kind of entry");
    }

    @Test
    void aBombIsRefusedBeforeItIsUnpacked() {
        byte[] zeros = RawNpz.array("<f4", "(1000000,)", new byte[4_000_000]);
        Path file = RawNpz.write(folder.resolve("a.npz"), Map.of("x.npy", zeros), ZipEntry.DEFLATED);
        assertThatThrownBy(() -> NpzFile.open(file))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("entry 'x.npy': expected an archive that unpacks to at most 8 times its ")
                .hasMessageEndingWith("found " + zeros.length + " bytes in this entry");
    }

    @Test
    void manySmallBombsAreRefusedTogether() {
        Map<String, byte[]> arrays = new LinkedHashMap<>();
        for (int i = 0; i < 20; i++) {
            arrays.put(i + ".npy", RawNpz.array("<f4", "(1000,)", new byte[4_000]));
        }
        Path file = RawNpz.write(folder.resolve("a.npz"), arrays, ZipEntry.DEFLATED);
        assertThatThrownBy(() -> NpzFile.open(file))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("unpacks to at most 8 times");
    }

    @Test
    void aFlippedBitOfAnElementIsNoticed() throws IOException {
        Path file = RawNpz.write(folder.resolve("a.npz"), Map.of("x.npy", RawNpz.floats("(2,)", 1, 2)));
        byte[] bytes = Files.readAllBytes(file);
        int end = new String(bytes, StandardCharsets.ISO_8859_1).indexOf("PK\1\2");
        bytes[end - 1] ^= 1;
        Files.write(file, bytes);
        try (NpzFile opened = NpzFile.open(file)) {
            assertThatThrownBy(() -> opened.floats("x"))
                    .isInstanceOf(DataException.class)
                    .hasMessage(file + ": entry 'x.npy': expected bytes that agree with their checksum, found others;"
                            + " the file is damaged");
        }
    }

    @Test
    void whateverHappensToTheBytesIsRefusedAsDataOrReadInFull() throws IOException {
        Random random = new Random(1);
        int refused = 0;
        int read = 0;
        for (int method : new int[] {ZipEntry.STORED, ZipEntry.DEFLATED}) {
            Map<String, byte[]> arrays = new LinkedHashMap<>();
            arrays.put("a.npy", RawNpz.floats("(2, 3)", 1, 2, 3, 4, 5, 6));
            arrays.put(
                    "b.npy",
                    RawNpz.array(2, "{'descr': '>i2', 'fortran_order': True, 'shape': (2, 2), }\n", new byte[8]));
            Path file = RawNpz.write(folder.resolve("a.npz"), arrays, method);
            byte[] valid = Files.readAllBytes(file);
            for (int i = 0; i < 1500; i++) {
                byte[] bytes = valid.clone();
                for (int changes = random.nextInt(3); changes >= 0; changes--) {
                    bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
                }
                Files.write(file, random.nextInt(20) == 0 ? cut(bytes, random.nextInt(bytes.length)) : bytes);
                try (NpzFile opened = NpzFile.open(file)) {
                    opened.infos().forEach((name, info) -> assertThat((long) opened.floats(name).length)
                            .isEqualTo(info.elements()));
                    read++;
                } catch (DataException e) {
                    assertThat(e).hasMessageStartingWith(file + ": ");
                    refused++;
                }
            }
        }
        assertThat(read).isGreaterThan(300);
        assertThat(refused).isGreaterThan(300);
    }

    private static byte[] header(String rest) {
        return RawNpz.array(1, "{'descr': '<f4', 'fortran_order': False, " + rest + "}", new byte[4]);
    }

    private static byte[] longHeader() {
        byte[] array = RawNpz.array(2, "{}", new byte[0]);
        Arrays.fill(array, 8, 12, (byte) 0xff);
        return array;
    }

    private static byte[] pickle() {
        return "cos\nsystem\n(S'echo'\ntR.".getBytes(StandardCharsets.US_ASCII);
    }

    private static byte[] cut(byte[] bytes, int length) {
        return Arrays.copyOf(bytes, length);
    }
}
