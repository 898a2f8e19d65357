package dev.inlay.batch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every image has a mask of its own name, that no other command gives another image. */
class MaskNamesTest {
    @TempDir
    private Path folder;

    private AskedImages asked(Path... inputs) {
        return AskedImages.of(List.of(inputs), warning -> {});
    }

    private Path image(String name) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        return Files.write(file, new byte[] {(byte) 0xff, (byte) 0xd8});
    }

    @Test
    void namesAreThoseBelowTheDeepestFolderOfAllInputs() throws IOException {
        Path one = image("a/x/1.jpg");
        Path two = image("a/y/1.jpg");
        assertThat(MaskNames.of(asked(folder.resolve("a/x")), Map.of())).containsOnly(Map.entry(one + "", "1.png"));
        assertThat(MaskNames.of(asked(folder.resolve("a/x"), folder.resolve("a/y")), Map.of()))
                .containsOnly(Map.entry(one + "", "x/1.png"), Map.entry(two + "", "y/1.png"));
        assertThat(MaskNames.of(asked(one, two), Map.of()))
                .containsOnly(Map.entry(one + "", "x/1.png"), Map.entry(two + "", "y/1.png"));
    }

    @Test
    void whatAListNamesElsewhereHasItsWholePath() throws IOException {
        Path far = image("far/1.jpg");
        Path list = folder.resolve("lists/list.txt");
        Files.createDirectories(list.getParent());
        Files.writeString(list, far + "\n");
        String name = MaskNames.of(asked(list), Map.of()).get(far.toString());
        assertThat(name).isEqualTo(far.getRoot().relativize(folder) + "/far/1.png");
    }

    @Test
    void namesThatAreTakenStayAndAreGivenToNobodyElse() throws IOException {
        Path jpg = image("a/1.jpg");
        Path png = image("a/1.png");
        Path webp = image("a/1.webp");
        Map<String, String> names = MaskNames.of(
                asked(folder.resolve("a")),
                Map.of(jpg.toString(), "old.png", "/elsewhere/1.gif", "1.png.png", "/elsewhere/2.gif", "1.webp.png"));
        assertThat(names)
                .containsOnly(
                        Map.entry(jpg.toString(), "old.png"),
                        Map.entry(png.toString(), "1.png_2.png"),
                        Map.entry(webp.toString(), "1.webp_2.png"));
    }

    @Test
    void namesAreShortEnoughToBeWritten() throws IOException {
        Path first = image("a/" + "x".repeat(230) + "1.jpg");
        Path second = image("a/" + "x".repeat(230) + "2.jpg");
        Map<String, String> names = MaskNames.of(asked(folder.resolve("a")), Map.of());
        assertThat(names.values())
                .allSatisfy(name -> assertThat(name).hasSize(36).endsWith(".png"));
        assertThat(names.get(first.toString())).isNotEqualTo(names.get(second.toString()));
    }

    @Test
    void idsOfTablesStayInTheirFolder() {
        assertThat(MaskNames.inTable("4b1e", "photo_1.v2")).isEqualTo("4b1e/photo_1.v2.png");
        for (String id : List.of("../../etc/passwd", ".hidden", "a b", "x/y", "x".repeat(200), "", "é")) {
            assertThat(MaskNames.inTable("4b1e", id)).as(id).matches("4b1e/[0-9a-f]{32}\\.png");
        }
    }
}
