package dev.inlay.file;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_16LE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.inlay.error.StorageException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HandWrittenTest {
    @TempDir
    private Path folder;

    @Test
    void aByteOrderMarkIsNoText() throws Exception {
        assertThat(HandWritten.read(Files.writeString(folder.resolve("a"), "\ufeffcafé")))
                .isEqualTo("café");
        assertThat(HandWritten.read(Files.writeString(folder.resolve("b"), ""))).isEmpty();
    }

    @Test
    void otherEncodingsAreRefusedWithTheLine() throws Exception {
        Path latin = Files.write(folder.resolve("latin"), "a\nb\ncafé".getBytes(ISO_8859_1));
        assertRefused(latin, "it is not UTF-8 text: line 3 has the byte 0xE9; save it as UTF-8");
        Path wide = Files.write(folder.resolve("wide"), "\ufeffa".getBytes(UTF_16LE));
        assertRefused(wide, "it is text in UTF-16; save it as UTF-8");
    }

    @Test
    void whatIsNoFileIsSaidAsSuch() throws Exception {
        assertRefused(folder, "it is a folder, not a file");
        assertRefused(folder.resolve("missing"), "there is no such file or folder");
        Path link = Files.createSymbolicLink(folder.resolve("link"), folder.resolve("missing"));
        assertRefused(link, "it is a link to a file that is missing");
    }

    @Test
    void aTildeIsTheHomeFolder() {
        Path home = Path.of(System.getProperty("user.home"));
        assertThat((Object) UserPath.of("~")).isEqualTo(home);
        assertThat((Object) UserPath.of("~/a/b")).isEqualTo(home.resolve("a/b"));
        assertThat((Object) UserPath.of("a/~")).isEqualTo(Path.of("a/~"));
        assertThat((Object) UserPath.of("~other/b")).isEqualTo(Path.of("~other/b"));
    }

    @Test
    void variablesInPathsAreRefusedUnlessSuchAFileIsThere() throws Exception {
        for (String text : new String[] {"${HOME}/x", "$HOME/x", "data/${SET}", " "}) {
            assertThatThrownBy(() -> UserPath.of(text)).isInstanceOf(InvalidPathException.class);
        }
        Path odd = Files.createFile(folder.resolve("${odd}"));
        assertThat((Object) UserPath.of(odd.toString())).isEqualTo(odd);
        assertThat((Object) UserPath.of("costs5$")).isEqualTo(Path.of("costs5$"));
    }

    private static void assertRefused(Path file, String reason) {
        assertThatThrownBy(() -> HandWritten.read(file))
                .isInstanceOfSatisfying(FileSystemException.class, e -> assertThat(StorageException.reason(e))
                        .isEqualTo(reason));
    }
}
