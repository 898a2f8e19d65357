package dev.inlay.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import dev.inlay.error.DataException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A little of what {@link Fuzz} does for longer, and that it finds what it is meant to find. */
class FuzzTest {
    private static final int FILES = 300;

    @TempDir
    private Path folder;

    static Stream<Target> targets() {
        return Targets.all().stream();
    }

    @ParameterizedTest
    @MethodSource("targets")
    void damagedFilesAreReadOrRefused(Target target) {
        Attack attack = new Attack(target, folder, 1);
        for (int i = 0; i < FILES; i++) {
            Optional<Finding> finding = attack.next();
            assertThat(finding.map(Finding::what)).isEmpty();
        }
        assertThat(attack.tried()).isEqualTo(FILES);
        assertThat(attack.framed()).as("share of files past the frame").isGreaterThan(0.5);
        assertThat(attack.read()).as("files that are still read").isLessThan(FILES);
    }

    @Test
    void whatIsNotARefusalIsFound() throws IOException {
        assertThat(found(file -> {
                    throw new IllegalStateException("inside");
                }))
                .isEqualTo("threw java.lang.IllegalStateException: inside");
        assertThat(found(file -> {
                    throw new StackOverflowError();
                }))
                .isEqualTo("threw java.lang.StackOverflowError");
    }

    @Test
    void tooMuchMemoryIsFound() throws IOException {
        List<byte[]> taken = new ArrayList<>();
        assertThat(found(file -> taken.add(new byte[65 << 20])))
                .startsWith("took ")
                .endsWith(" bytes of memory");
    }

    @Test
    void tooMuchTimeIsFound() throws IOException {
        assertThat(found(file -> {
                    try {
                        Thread.sleep(1050);
                    } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                }))
                .startsWith("took ")
                .endsWith(" ms");
    }

    /** What is found with a reader that misbehaves on every file but the valid one. */
    private String found(Target.Reader misbehaving) throws IOException {
        byte[] valid = "{\"a\": 1}".getBytes(StandardCharsets.UTF_8);
        Target target = new Target(
                "planted",
                ".json",
                List.of(Seed.json(valid)),
                file -> {
                    if (!Arrays.equals(Files.readAllBytes(file), valid)) {
                        misbehaving.read(file);
                        throw new DataException("refused");
                    }
                },
                file -> true);
        Attack attack = new Attack(target, folder, 0);
        for (int i = 0; i < FILES; i++) {
            Optional<Finding> finding = attack.next();
            if (finding.isPresent()) {
                return finding.get().what();
            }
        }
        return "";
    }
}
