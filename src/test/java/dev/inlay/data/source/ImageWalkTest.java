package dev.inlay.data.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.inlay.data.Images;
import dev.inlay.error.DataException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class ImageWalkTest {
    @TempDir
    private Path root;

    private final List<String> warnings = new ArrayList<>();

    @Test
    void imagesOfAllFoldersComeInTheOrderOfTheirPaths() {
        for (String name : List.of("b.png", "a/z.png", "a.png", "a b/c.png", "a/b/c.png", "Z.png")) {
            Images.png(root.resolve(name));
        }
        List<String> sorted;
        try (Stream<Path> all = Files.walk(root)) {
            sorted = all.filter(Files::isRegularFile).map(this::name).sorted().toList();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        assertThat(found()).isEqualTo(sorted).hasSize(6);
        assertThat(warnings).isEmpty();
    }

    @Test
    void suffixesTellImagesAndFirstBytesThoseWithoutOne() {
        byte[] png = png();
        for (String name :
                List.of("a.PNG", "b.jfif", "c.jpe", "d.dib", "e.JPEG", "f.tif", "plain", "scan.2024", "x.1")) {
            Images.write(root.resolve(name), png);
        }
        Images.write(root.resolve("README"), "no image");
        Images.write(root.resolve("empty"), new byte[0]);
        Images.write(root.resolve("list.txt"), "no image");
        Images.write(root.resolve("more.TXT"), png);
        Images.write(root.resolve("photo.heic"), png);
        assertThat(found())
                .containsExactly("a.PNG", "b.jfif", "c.jpe", "d.dib", "e.JPEG", "f.tif", "plain", "scan.2024", "x.1");
        assertThat(warnings)
                .containsExactly(
                        root
                                + ": not used: 1 image in a format that is not decoded, photo.heic; convert to PNG or JPEG",
                        root + ": not used: 4 files that are no images (.txt 2), such as README");
    }

    @Test
    void whatSystemsLeaveIsPassedOverUnseen() throws IOException {
        Images.png(root.resolve("a.png"));
        for (String name : List.of(
                ".DS_Store",
                "Thumbs.db",
                "desktop.ini",
                "._a.png",
                ".ipynb_checkpoints/a-checkpoint.png",
                "__MACOSX/a.png",
                "@eaDir/a.png",
                "$RECYCLE.BIN/a.png")) {
            Images.png(root.resolve(name));
        }
        Files.createDirectory(root.resolve("empty"));
        assertThat(found()).containsExactly("a.png");
        assertThat(warnings).singleElement().asString().contains("not used: 8 hidden files or files of the system");
    }

    @Test
    void linksToFilesAndFoldersAreFollowed(@TempDir Path elsewhere) throws IOException {
        Images.png(elsewhere.resolve("far/b.png"));
        Images.png(elsewhere.resolve("blob"));
        Files.createSymbolicLink(root.resolve("sub"), elsewhere.resolve("far"));
        Files.createSymbolicLink(root.resolve("a.png"), elsewhere.resolve("blob"));
        Path linked = Files.createSymbolicLink(elsewhere.resolve("linked"), root);
        assertThat(found()).containsExactly("a.png", "sub/b.png");
        List<Path> through = new ArrayList<>();
        ImageWalk.of(linked, name -> false, warnings::add, through::add);
        assertThat(through).containsExactly(linked.resolve("a.png"), linked.resolve("sub/b.png"));
        assertThat(warnings).isEmpty();
    }

    @Test
    @Timeout(20)
    void linksThatLeadNowhereOrBackAreCounted() throws IOException {
        Images.png(root.resolve("a/a.png"));
        Images.png(root.resolve("b/b.png"));
        Files.createSymbolicLink(root.resolve("gone.png"), Path.of("nowhere"));
        Files.createSymbolicLink(root.resolve("itself"), Path.of("itself"));
        Files.createSymbolicLink(root.resolve("a/up"), Path.of(".."));
        Files.createSymbolicLink(root.resolve("a/above"), root.getParent());
        Files.createSymbolicLink(root.resolve("a/other"), Path.of("../b"));
        Files.createSymbolicLink(root.resolve("b/other"), Path.of("../a"));
        assertThat(found()).containsExactly("a/a.png", "b/b.png");
        assertThat(warnings)
                .containsExactly(
                        root + ": not used: 2 links that lead nowhere, such as gone.png; mend or remove",
                        root + ": not used: 2 links back to a folder above them, such as a/above",
                        root + ": not used: 2 links to folders that are read anyway, such as a/other");
    }

    @Test
    @Timeout(20)
    void foldersElsewhereThatLinkToEachOtherAreReadOnce(@TempDir Path elsewhere) throws IOException {
        int folders = 12;
        for (int i = 0; i < folders; i++) {
            Images.png(elsewhere.resolve(i + "/p" + i + ".png"));
        }
        for (int i = 0; i < folders; i++) {
            for (int j = 0; j < folders; j++) {
                Files.createSymbolicLink(elsewhere.resolve(i + "/to" + j), Path.of("../" + j));
            }
        }
        Files.createSymbolicLink(root.resolve("in"), elsewhere.resolve("0"));
        assertThat(found()).hasSize(folders);
    }

    @Test
    @Timeout(20)
    void pipesDevicesAndSocketsAreNeverOpened() throws Exception {
        Images.png(root.resolve("a.png"));
        assumeTrue(new ProcessBuilder(
                                "mkfifo",
                                root.resolve("pipe.png").toString(),
                                root.resolve("pipe").toString())
                        .start()
                        .waitFor()
                == 0);
        Files.createSymbolicLink(root.resolve("zero.png"), Path.of("/dev/zero"));
        try (ServerSocketChannel socket = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            socket.bind(UnixDomainSocketAddress.of(root.resolve("s.png")));
            assertThat(found()).containsExactly("a.png");
        }
        assertThat(warnings).singleElement().asString().contains("not used: 4 pipes, devices or sockets, such as pipe");
        assertThatThrownBy(() -> ImageWalk.of(root.resolve("pipe"), name -> false, warnings::add, file -> {}))
                .isInstanceOf(DataException.class)
                .hasMessage(root.resolve("pipe") + " is a pipe, device or socket, expected a file or folder");
    }

    @Test
    void namesThatAreNotTextAreCounted() throws Exception {
        Images.png(root.resolve("a.png"));
        Process made = new ProcessBuilder(
                        "sh", "-c", "cp a.png \"$(printf 'caf\\351.png')\" && mkdir \"$(printf '\\377')\"")
                .directory(root.toFile())
                .start();
        assumeTrue(made.waitFor() == 0);
        assertThat(found()).containsExactly("a.png");
        assertThat(warnings).singleElement().asString().contains("2 names that are not text in UTF-8", "rename");
    }

    @Test
    void namesInAnyScriptAreText() {
        Path image;
        try {
            image = root.resolve("Käfer/甲虫/жук 🐞.png");
        } catch (InvalidPathException e) {
            assumeTrue(false, "this process cannot name such files");
            return;
        }
        Images.png(image);
        assertThat(found()).hasSize(1);
        assertThat(warnings).isEmpty();
    }

    @Test
    void outputOfInlayIsLeftOutAndImagesBesideItAreNot() {
        Images.png(root.resolve("a.png"));
        Images.write(root.resolve("out/predictions.json"), "{}");
        Images.write(root.resolve("out/.lock"), "");
        Images.write(root.resolve("out/part-0000000/0123.parquet"), "rows");
        Images.png(root.resolve("out/mine.png"));
        Images.png(root.resolve("out/part-two/mine.png"));
        Images.write(root.resolve("begun/.lock"), "");
        Images.write(root.resolve("begun/run.log"), "text");
        List<Path> files = new ArrayList<>();
        ImageWalk.of(root, name -> name.endsWith(".parquet"), warnings::add, files::add);
        assertThat(files.stream().map(this::name)).containsExactly("a.png", "out/mine.png", "out/part-two/mine.png");
        assertThat(warnings).containsExactly(root + ": not used: 2 folders of Inlay's own output, such as begun");
    }

    @Test
    void aFolderWithoutImagesIsRefusedWithWhatIsInIt() {
        Images.write(root.resolve("photo.heic"), "x");
        assertThatThrownBy(this::found)
                .isInstanceOf(DataException.class)
                .hasMessage(root + ": no images in this folder or below it; not used: 1 image in a format that is not"
                        + " decoded, photo.heic; convert to PNG or JPEG");
        assertThatThrownBy(() -> ImageWalk.of(root.resolve("gone"), name -> false, warnings::add, file -> {}))
                .hasMessage(root.resolve("gone") + " does not exist");
    }

    @Test
    void aFileThatIsNamedIsTakenWhateverItIsCalled() {
        Path file = Images.write(root.resolve(".notes.txt"), "x");
        List<Path> files = new ArrayList<>();
        ImageWalk.of(file, name -> false, warnings::add, files::add);
        assertThat(files).containsExactly(file);
    }

    private byte[] png() {
        try {
            Path file = Images.png(root.resolve("made.png"));
            byte[] bytes = Files.readAllBytes(file);
            Files.delete(file);
            return bytes;
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private List<String> found() {
        List<String> files = new ArrayList<>();
        ImageWalk.of(root, name -> false, warnings::add, file -> files.add(name(file)));
        return files;
    }

    private String name(Path file) {
        return root.relativize(file).toString();
    }
}
