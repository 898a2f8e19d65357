package dev.inlay.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code cmake/build} in a copied or moved checkout, with a CMake that refuses what another folder left, as the real one does. */
class NativeBuildTest {
    private static final String CMAKE =
            """
            #!/bin/sh
            echo "$1" >>"%1$s/calls"
            if [ "$1" = -S ]; then
              if grep -q elsewhere "$4/CMakeCache.txt" 2>/dev/null; then
                echo "CMake Error: the source does not match the source used to generate the cache"
                exit 1
              fi
              [ ! -f "%1$s/broken" ] || { echo "CMake Error: no compiler"; exit 1; }
              echo here >"$4/CMakeCache.txt"
            fi
            """;

    @TempDir
    private Path folder;

    private Path checkout;

    @BeforeEach
    void makeCheckout() throws IOException {
        checkout = folder.resolve("a copy");
        Files.createDirectories(checkout.resolve("cmake"));
        Files.copy(Path.of("cmake/build"), checkout.resolve("cmake/build"));
        Files.createDirectories(folder.resolve("jdk/include"));
        Files.createFile(folder.resolve("jdk/include/jni.h"));
        Files.createDirectories(folder.resolve("bin"));
        for (String tool : List.of("cmake", "c++")) {
            Path script = Files.writeString(folder.resolve("bin").resolve(tool), CMAKE.formatted(folder));
            assertThat(script.toFile().setExecutable(true)).isTrue();
        }
    }

    @Test
    void startsOverWhereAnotherFolderLeftItsCache() throws Exception {
        Path cache = Files.createDirectories(checkout.resolve("target/native")).resolve("CMakeCache.txt");
        Files.writeString(cache, "elsewhere");
        Path stale = Files.createFile(checkout.resolve("target/native/stale.o"));
        assertThat(build()).isZero();
        assertThat(cache).hasContent("here");
        assertThat(stale).doesNotExist();
        assertThat(folder.resolve("output")).isEmptyFile();
    }

    @Test
    void keepsWhatIsItsOwn() throws Exception {
        assertThat(build()).isZero();
        Path object = Files.createFile(checkout.resolve("target/native/kept.o"));
        assertThat(build()).isZero();
        assertThat(object).exists();
    }

    @Test
    void aBuildThatFailsAnewSaysWhy() throws Exception {
        Files.createFile(folder.resolve("broken"));
        assertThat(build()).isEqualTo(1);
        assertThat(folder.resolve("output")).content().contains("CMake Error: no compiler", "inlay.native.skip=true");
    }

    private int build() throws Exception {
        ProcessBuilder script = new ProcessBuilder(
                        "bash",
                        checkout.resolve("cmake/build").toString(),
                        "library",
                        folder.resolve("out").toString())
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("output").toFile());
        script.environment().put("PATH", folder.resolve("bin") + ":" + System.getenv("PATH"));
        script.environment().put("JAVA_HOME", folder.resolve("jdk").toString());
        return script.start().waitFor();
    }
}
