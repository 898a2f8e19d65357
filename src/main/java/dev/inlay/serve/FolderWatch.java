package dev.inlay.serve;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Calls a scan when a folder changes, and now and then in any case, since not every file system tells. */
final class FolderWatch implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(FolderWatch.class);

    /** Changes that come together are looked at together. */
    private static final long GATHER_MILLIS = 50;

    private final Path folder;
    private final Duration rescan;
    private final Duration again;
    private final BooleanSupplier scan;
    private final WatchService watcher;
    private final Thread thread = new Thread(this::run, "inlay-tasks");
    private WatchKey key;

    /**
     * @param rescan longest time between two scans
     * @param again the same after a scan that returned false
     */
    FolderWatch(Path folder, Duration rescan, Duration again, BooleanSupplier scan) {
        this.folder = folder;
        this.rescan = rescan;
        this.again = again.compareTo(rescan) < 0 ? again : rescan;
        this.scan = scan;
        try {
            watcher = folder.getFileSystem().newWatchService();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot watch " + folder, e);
        }
        thread.setDaemon(true);
        thread.start();
    }

    private void run() {
        try {
            while (true) {
                register();
                Duration wait = scanned() ? rescan : again;
                WatchKey changed = watcher.poll(wait.toMillis(), TimeUnit.MILLISECONDS);
                if (changed != null) {
                    TimeUnit.MILLISECONDS.sleep(GATHER_MILLIS);
                    changed.pollEvents();
                    changed.reset();
                }
            }
        } catch (InterruptedException | ClosedWatchServiceException e) {
            LOG.debug("stopped watching {}", folder);
        }
    }

    /** A scan that fails is the last of none: what failed it may have passed by the next. */
    private boolean scanned() {
        try {
            return scan.getAsBoolean();
        } catch (RuntimeException | Error e) {
            LOG.error("a look at {} failed; the tasks stay as they are until the next", folder, e);
            return true;
        }
    }

    /** Once, and again after the folder was removed and made anew. */
    private void register() {
        if (key != null && key.isValid()) {
            return;
        }
        try {
            key = folder.register(
                    watcher,
                    StandardWatchEventKinds.ENTRY_CREATE,
                    StandardWatchEventKinds.ENTRY_MODIFY,
                    StandardWatchEventKinds.ENTRY_DELETE);
        } catch (IOException e) {
            LOG.debug("changes in {} are only seen every {}: {}", folder, rescan, e.toString());
        }
    }

    /** Stops after the scan that may be under way. */
    @Override
    public void close() {
        try {
            watcher.close();
            thread.join();
        } catch (IOException e) {
            LOG.debug("while closing the watch of {}", folder, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
