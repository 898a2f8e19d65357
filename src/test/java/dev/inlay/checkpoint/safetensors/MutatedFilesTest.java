package dev.inlay.checkpoint.safetensors;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.inlay.error.DataException;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntUnaryOperator;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;
import net.jqwik.api.statistics.Statistics;

/** Whatever happens to the bytes of a file, it is refused as data or read in full, within bounded memory. */
class MutatedFilesTest {
    private static final String HEADER =
            """
            {"__metadata__":{"format":"pt"},\
            "a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},\
            "b":{"dtype":"I64","shape":[],"data_offsets":[24,32]},\
            "c":{"dtype":"F16","shape":[4,0],"data_offsets":[32,32]},\
            "d":{"dtype":"BOOL","shape":[3],"data_offsets":[32,35]},\
            "e":{"dtype":"BF16","shape":[1,2],"data_offsets":[35,39]}}""";
    private static final byte[] VALID = RawFile.bytes(HEADER, 39);
    private static final byte[] JSON_CHARACTERS = "{}[]\",:0123456789-.eEFIUB\\ ".getBytes(StandardCharsets.US_ASCII);
    private static final long MAX_ALLOCATED_BYTES = 4_000_000;

    private static Path file;

    /** A change of a file's bytes. */
    interface Mutation {
        byte[] apply(byte[] bytes);
    }

    /** Reads once each way, so that loading classes is not counted as memory of the first try. */
    @BeforeContainer
    static void createFile() throws IOException {
        file = Files.createTempFile("mutated", ".safetensors");
        assertThat(isReadInFull(VALID)).isTrue();
        assertThat(isReadInFull(Arrays.copyOf(VALID, VALID.length - 1))).isFalse();
    }

    @AfterContainer
    static void deleteFile() throws IOException {
        Files.delete(file);
    }

    @Property(tries = 1000)
    void areRefusedOrReadInFull(@ForAll("mutations") List<Mutation> mutations) throws IOException {
        byte[] bytes = VALID;
        for (Mutation mutation : mutations) {
            bytes = mutation.apply(bytes);
        }
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long thread = Thread.currentThread().getId();
        long before = threads.getThreadAllocatedBytes(thread);
        boolean read = isReadInFull(bytes);
        assertThat(threads.getThreadAllocatedBytes(thread) - before).isLessThan(MAX_ALLOCATED_BYTES);
        Statistics.collect(read ? "read" : "refused");
        Statistics.coverage(outcomes -> {
            outcomes.check("read").count(count -> count > 50);
            outcomes.check("refused").count(count -> count > 50);
        });
    }

    /** Whether the file is read; otherwise it is refused as data, and nothing else may happen. */
    private static boolean isReadInFull(byte[] bytes) throws IOException {
        Files.write(file, bytes);
        try (SafeTensorsFile opened = SafeTensorsFile.open(file)) {
            for (String name : opened.names()) {
                assertReadInFull(opened, name);
            }
            return true;
        } catch (DataException e) {
            assertThat(e).hasMessageStartingWith(file + ": ");
            return false;
        }
    }

    private static void assertReadInFull(SafeTensorsFile opened, String name) {
        TensorInfo info = opened.info(name);
        int elements = info.dtype().isFloating() ? opened.floats(name).length : opened.longs(name).length;
        assertThat((long) elements).isEqualTo(info.elements());
        assertThat((long) opened.buffer(name).remaining()).isEqualTo(info.byteLength());
    }

    @Provide
    Arbitrary<List<Mutation>> mutations() {
        Arbitrary<Integer> position = Arbitraries.integers().between(0, VALID.length - 1);
        Arbitrary<Mutation> flip = Combinators.combine(
                        position, Arbitraries.integers().between(0, 7))
                .as((at, bit) -> bytes -> changed(bytes, at, b -> b ^ 1 << bit));
        Arbitrary<Mutation> character = Combinators.combine(
                        position, Arbitraries.integers().between(0, JSON_CHARACTERS.length - 1))
                .as((at, which) -> bytes -> changed(bytes, at, b -> JSON_CHARACTERS[which]));
        Arbitrary<Mutation> digit = Combinators.combine(
                        position, Arbitraries.integers().between('0', '9'))
                .as((at, value) -> bytes -> changed(bytes, at, b -> b >= '0' && b <= '9' ? value : b));
        Arbitrary<Mutation> cut = position.map(at -> bytes -> Arrays.copyOf(bytes, Math.min(at, bytes.length)));
        Arbitrary<Mutation> longer =
                Arbitraries.integers().between(1, 64).map(more -> bytes -> Arrays.copyOf(bytes, bytes.length + more));
        return Arbitraries.oneOf(List.of(flip, character, digit, cut, longer))
                .list()
                .ofMinSize(0)
                .ofMaxSize(4);
    }

    private static byte[] changed(byte[] bytes, int at, IntUnaryOperator change) {
        byte[] copy = bytes.clone();
        if (at < copy.length) {
            copy[at] = (byte) change.applyAsInt(copy[at]);
        }
        return copy;
    }
}
