package dev.inlay.hub;

import dev.inlay.error.DataException;
import dev.inlay.progress.Progress;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Brings files of one commit into the cache, each from where an earlier attempt stopped. */
final class BlobDownload {
    private static final Pattern CONTENT_RANGE = Pattern.compile("bytes (\\d{1,18})-\\d{1,18}/(\\d{1,18}|\\*)");

    private final HubClient client;
    private final RepoCache cache;
    private final String commit;
    private final Timing timing;
    private final Progress progress;

    BlobDownload(HubClient client, RepoCache cache, String commit, Timing timing, Progress progress) {
        this.client = client;
        this.cache = cache;
        this.commit = commit;
        this.timing = timing;
        this.progress = progress;
    }

    /**
     * A file's place in the snapshot; fetched unless it is there.
     *
     * @throws dev.inlay.error.InlayException saying why it cannot be had
     */
    Path fetch(String name) {
        Path path = cache.snapshot(commit).resolve(name);
        if (Files.isRegularFile(path)) {
            return path;
        }
        RemoteFile file = client.describe(cache.repo(), commit, name);
        Retries retries = new Retries(timing, cache.repo() + "/" + name);
        try (Progress.Task task = progress.start(name, Progress.Unit.MB, file.size())) {
            while (!arrives(file, retries, task)) {
                // a store may have been given other bytes meanwhile; the hub knows
                file = client.describe(cache.repo(), commit, name);
            }
        }
        return path;
    }

    private boolean arrives(RemoteFile file, Retries retries, Progress.Task task) {
        Path blob = cache.blob(file.etag());
        try (BlobLock lock = BlobLock.take(cache.lock(file.etag()), timing)) {
            if (!Files.isRegularFile(blob)) {
                try (PartialFile partial = PartialFile.open(cache.incomplete(file.etag()), file)) {
                    task.at(partial.position());
                    if (!partial.isWhole()) {
                        receive(file, partial, retries, task);
                    }
                    partial.becomes(blob);
                }
            }
            cache.link(file.etag(), commit, file.name());
            task.at(file.size());
            return true;
        } catch (IOException e) {
            retries.after(e);
            return false;
        }
    }

    private void receive(RemoteFile file, PartialFile partial, Retries retries, Progress.Task task) throws IOException {
        HttpResponse<ResponseBody> answer = client.open(cache.repo(), commit, file.name(), partial.position());
        try (ResponseBody body = answer.body()) {
            checkPlace(answer, file, partial);
            Optional<List<ByteBuffer>> piece = body.next();
            while (piece.isPresent()) {
                for (ByteBuffer bytes : piece.get()) {
                    retries.received(bytes.remaining());
                    partial.append(bytes);
                }
                task.at(partial.position());
                piece = body.next();
            }
        }
        if (!partial.isWhole()) {
            throw new BusyException(
                    "the answer ends after " + partial.position() + " of " + file.size() + " bytes", Optional.empty());
        }
    }

    /** Makes sure that the answer goes on where the file ends, and that both mean the same file. */
    private void checkPlace(HttpResponse<?> answer, RemoteFile file, PartialFile partial) throws IOException {
        if (answer.statusCode() == 200) {
            if (partial.position() > 0) {
                partial.restart();
            }
            checkSize(answer.headers().firstValue("Content-Length").orElse("*"), file, partial);
            return;
        }
        Matcher range = CONTENT_RANGE.matcher(
                answer.headers().firstValue("Content-Range").orElse(""));
        if (!range.matches() || Long.parseLong(range.group(1)) != partial.position()) {
            partial.restart();
            throw new BusyException(answer.uri().getHost() + " does not go on where asked to", Optional.empty());
        }
        checkSize(range.group(2), file, partial);
    }

    private static void checkSize(String total, RemoteFile file, PartialFile partial) {
        if (!total.equals("*") && !total.equals(Long.toString(file.size()))) {
            partial.restart();
            throw new DataException("the hub says that " + file.name() + " has " + file.size()
                    + " bytes, and the server that sends it says " + Printable.text(total) + "; try again later");
        }
    }
}
