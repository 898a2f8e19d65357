package dev.inlay.hub;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RepoCacheTest {
    private static final Etag ETAG = new Etag("a".repeat(40));
    private static final String COMMIT = "1".repeat(40);

    @TempDir
    private Path folder;

    @Test
    void whereThereAreNoLinksFilesAreCopied() throws IOException {
        URI zip = URI.create("jar:" + folder.resolve("disk.zip").toUri());
        try (FileSystem linkless = FileSystems.newFileSystem(zip, Map.of("create", "true"))) {
            Path file = linked(linkless.getPath("/cache"));
            assertThat(Files.isSymbolicLink(file)).isFalse();
            assertThat(Files.readString(file)).isEqualTo("weights");
            assertThat(file.resolveSibling("config.json.incomplete")).doesNotExist();
        }
    }

    @Test
    void aLinkToABlobThatIsGoneIsReplaced() throws IOException {
        Path file = linked(folder);
        Files.delete(file);
        Files.createSymbolicLink(file, Path.of("../../blobs/gone"));
        assertThat(linked(folder)).hasContent("weights");
    }

    @Test
    void aRefThatIsNoCommitIsNone() throws IOException {
        RepoCache cache = cache(folder);
        cache.remember(new Revision("main"), COMMIT);
        assertThat(cache.commit(new Revision("main"))).contains(COMMIT);
        Files.writeString(folder.resolve("models--org--name/refs/main"), "../../../..");
        assertThat(cache.commit(new Revision("main"))).isEqualTo(Optional.empty());
    }

    private static Path linked(Path root) throws IOException {
        RepoCache cache = cache(root);
        Files.createDirectories(cache.blob(ETAG).getParent());
        Files.writeString(cache.blob(ETAG), "weights");
        cache.link(ETAG, COMMIT, "config.json");
        return cache.snapshot(COMMIT).resolve("config.json");
    }

    private static RepoCache cache(Path root) {
        return new RepoCache(root, RepoId.parse("org/name"));
    }
}
