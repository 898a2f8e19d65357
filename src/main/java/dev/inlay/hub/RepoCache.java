package dev.inlay.hub;

import dev.inlay.error.InlayException;
import dev.inlay.error.StorageException;
import dev.inlay.file.AtomicFile;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The folder of one repository in the cache of {@code huggingface_hub}: {@code blobs} by checksum, {@code snapshots} of
 * links to them by commit and name, {@code refs} from branches and tags to commits.
 *
 * @param cache the folder of all repositories
 */
record RepoCache(Path cache, RepoId repo) {
    private Path folder() {
        return cache.resolve(repo.folder());
    }

    Path blob(Etag etag) {
        return folder().resolve("blobs").resolve(etag.hex());
    }

    /** What has come of a blob so far. */
    Path incomplete(Etag etag) {
        return folder().resolve("blobs").resolve(etag.hex() + ".incomplete");
    }

    Path lock(Etag etag) {
        return cache.resolve(".locks").resolve(repo.folder()).resolve(etag.hex() + ".lock");
    }

    Path snapshot(String commit) {
        return folder().resolve("snapshots").resolve(commit);
    }

    /** The commit that a revision had when it was last pulled, or the revision itself if it is one. */
    Optional<String> commit(Revision revision) {
        if (revision.isCommit()) {
            return Optional.of(revision.text());
        }
        try {
            return Optional.of(Files.readString(ref(revision)).strip()).filter(Revision::isCommit);
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** Notes which commit a branch or tag has now. */
    void remember(Revision revision, String commit) {
        if (!commit(revision).equals(Optional.of(commit))) {
            AtomicFile.write(ref(revision), commit);
        }
    }

    private Path ref(Revision revision) {
        return folder().resolve("refs").resolve(revision.text());
    }

    /** The names of the files that a snapshot has. */
    Set<String> files(String commit) {
        try (Stream<Path> files = Files.list(snapshot(commit))) {
            return files.filter(Files::isRegularFile)
                    .map(file -> file.getFileName().toString())
                    .collect(Collectors.toSet());
        } catch (NoSuchFileException | NotDirectoryException e) {
            return Set.of();
        } catch (IOException e) {
            throw new InlayException(
                    "cannot read the cache " + snapshot(commit) + ": " + StorageException.reason(e), e);
        }
    }

    /**
     * Puts a blob into a snapshot: a relative link, or a copy where the file system has no links.
     *
     * @throws InlayException if the cache cannot be written
     */
    void link(Etag etag, String commit, String file) {
        Path blob = blob(etag);
        Path link = snapshot(commit).resolve(file);
        try {
            Files.createDirectories(link.getParent());
            if (Files.isRegularFile(link)) {
                return;
            }
            Files.deleteIfExists(link);
            try {
                Files.createSymbolicLink(link, link.getParent().relativize(blob));
            } catch (UnsupportedOperationException | FileSystemException e) {
                copy(blob, link);
            }
        } catch (IOException e) {
            throw new InlayException(
                    "cannot write the cache " + link + ": " + StorageException.reason(e)
                            + "; set HF_HUB_CACHE to another folder",
                    e);
        }
    }

    private static void copy(Path blob, Path file) throws IOException {
        Path copy = file.resolveSibling(file.getFileName() + ".incomplete");
        Files.copy(blob, copy, StandardCopyOption.REPLACE_EXISTING);
        AtomicFile.rename(copy, file);
    }
}
