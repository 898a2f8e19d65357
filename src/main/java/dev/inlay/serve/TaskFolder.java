package dev.inlay.serve;

import dev.inlay.error.ConfigException;
import dev.inlay.error.DataException;
import dev.inlay.error.InlayException;
import dev.inlay.error.OverloadException;
import dev.inlay.file.AtomicFile;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a {@link Predictor} at what a folder holds: {@code <id>.safetensors}, or {@code <id>/task.safetensors} as a run
 * leaves it; if there are both, the first. Files that come, change and go do so while requests are answered. One that cannot be
 * served is logged and looked at again once it changes; the task that had its id goes on. Safe for use by many threads.
 */
public final class TaskFolder implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(TaskFolder.class);
    private static final Pattern ID = Pattern.compile("[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}");
    private static final String SUFFIX = ".safetensors";
    private static final String IN_A_FOLDER = "task" + SUFFIX;
    private static final String UPLOAD = ".upload-";

    /** A file that changed later than this before it was read may change again without its times telling. */
    private static final long SETTLED_MILLIS = 2_000;

    private final Path folder;
    private final Predictor predictor;
    private final ConcurrentMap<String, Seen> files = new ConcurrentHashMap<>();
    private final AtomicLong uploads = new AtomicLong();
    private Set<String> oddNames = Set.of();
    private FolderWatch watch;

    /** What tells a file from its next version. */
    private record Stamp(long modified, long size, Object key) {}

    /**
     * A file as it was when it was last read.
     *
     * @param settled false if it is to be read again although it looks the same
     * @param problem why it is not served
     */
    private record Seen(Path file, Stamp stamp, boolean settled, Optional<String> problem) {}

    /**
     * A folder that is not read yet: {@link #scan} does that.
     *
     * @param folder made if it is not there
     * @param predictor borrowed; every task in it that the folder names is the folder's
     * @throws ConfigException if the folder cannot be made or read
     */
    public TaskFolder(Path folder, Predictor predictor) {
        this.folder = folder.toAbsolutePath().normalize();
        this.predictor = predictor;
        try {
            Files.createDirectories(this.folder);
            removeOldUploads();
        } catch (IOException e) {
            throw new ConfigException("cannot use the folder of tasks " + folder + ": " + e);
        }
    }

    private void removeOldUploads() throws IOException {
        try (DirectoryStream<Path> old = Files.newDirectoryStream(folder, UPLOAD + "*")) {
            for (Path upload : old) {
                Files.deleteIfExists(upload);
            }
        }
    }

    /**
     * The id, if it is one: 1 to 128 letters, digits, points, dashes and underscores, no point first.
     *
     * @throws ConfigException if it is none
     */
    public static String requireId(String id) {
        if (!ID.matcher(id).matches()) {
            throw new ConfigException("a task's id is 1 to 128 letters, digits, '.', '_' and '-', no '.' first");
        }
        return id;
    }

    /**
     * Looks at the folder once and brings the predictor to what it holds.
     *
     * @return true if all that was read stays as it is; false if something is to be looked at again in two seconds
     */
    public boolean scan() {
        Map<String, Path> found;
        try {
            found = list();
        } catch (IOException e) {
            LOG.warn("cannot list the folder of tasks, the tasks stay as they are: {}", e.toString());
            return true;
        }
        found.forEach(this::look);
        files.keySet().forEach(id -> {
            if (!found.containsKey(id)) {
                leave(id);
            }
        });
        return files.values().stream().allMatch(Seen::settled);
    }

    /** Looks at the folder now, and from now on whenever it changes, on a thread of its own. */
    public synchronized void watch(Duration rescan) {
        if (watch == null) {
            watch = new FolderWatch(folder, rescan, Duration.ofMillis(SETTLED_MILLIS), this::scan);
        }
    }

    private Map<String, Path> list() throws IOException {
        Map<String, Path> found = new HashMap<>();
        Map<String, Path> inFolders = new HashMap<>();
        Set<String> odd = new HashSet<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
            for (Path entry : entries) {
                String name = entry.getFileName().toString();
                if (name.startsWith(".")) {
                    continue;
                }
                boolean alone = name.endsWith(SUFFIX);
                String id = alone ? name.substring(0, name.length() - SUFFIX.length()) : name;
                Path file = alone ? entry : entry.resolve(IN_A_FOLDER);
                if (!Files.isRegularFile(file)) {
                    continue;
                }
                if (ID.matcher(id).matches()) {
                    (alone ? found : inFolders).put(id, file);
                } else {
                    odd.add(name);
                }
            }
        }
        inFolders.forEach(found::putIfAbsent);
        odd.stream()
                .filter(name -> !oddNames.contains(name))
                .forEach(name -> LOG.warn("{} is not served, its name is no task's id", name));
        oddNames = odd;
        return found;
    }

    private synchronized void look(String id, Path file) {
        try {
            Stamp stamp = stamp(file);
            Seen seen = files.get(id);
            if (seen != null
                    && seen.settled()
                    && seen.stamp().equals(stamp)
                    && seen.file().equals(file)) {
                return;
            }
            boolean settled = System.currentTimeMillis() - stamp.modified() > SETTLED_MILLIS;
            Optional<String> problem = serve(id, file);
            boolean newProblem = seen == null || !seen.problem().equals(problem);
            if (problem.isPresent() && newProblem) {
                LOG.warn("task {} is not served as its file is now: {}", id, problem.get());
            } else if (problem.isEmpty() && (newProblem || !seen.stamp().equals(stamp))) {
                LOG.info("task {} is served from {}", id, file);
            }
            files.put(id, new Seen(file, stamp, settled, problem));
        } catch (NoSuchFileException e) {
            // it went between listing and looking
        } catch (IOException e) {
            LOG.warn("cannot look at {}: {}", file, e.toString());
        }
    }

    private Optional<String> serve(String id, Path file) {
        try {
            predictor.put(id, file);
            return Optional.empty();
        } catch (InlayException e) {
            return Optional.of(withoutPaths(e, file));
        } catch (RuntimeException e) { // whatever a damaged file causes, the other files are to be read
            LOG.warn("task {} failed unexpectedly", id, e);
            return Optional.of("it cannot be read: " + e.getClass().getSimpleName());
        }
    }

    private String withoutPaths(InlayException e, Path file) {
        return e.getMessage().replace(file.toString(), "the file").replace(folder.toString(), "the folder");
    }

    private synchronized void leave(String id) {
        Seen seen = files.get(id);
        if (seen != null && !Files.exists(seen.file())) {
            files.remove(id);
            if (predictor.remove(id)) {
                LOG.info("task {} is no longer served, its file is gone", id);
            }
        }
    }

    private static Stamp stamp(Path file) throws IOException {
        BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
        return new Stamp(attributes.lastModifiedTime().toMillis(), attributes.size(), attributes.fileKey());
    }

    /**
     * Stores a task in the folder and serves it, in the place of the one that had its id; both or neither.
     *
     * @param content the bytes of a task's file, read to the end; what it throws goes through
     * @return true if there was no task of that id
     * @throws ConfigException if {@code id} is none, or its task is in a folder of its own, which nobody writes to here
     * @throws DataException if the content is no whole task, or one of another backbone
     * @throws OverloadException if there are too many tasks
     * @throws UncheckedIOException if the folder cannot be written
     */
    public boolean put(String id, InputStream content) {
        Path target = target(id);
        Path upload = folder.resolve(UPLOAD + uploads.incrementAndGet());
        try {
            write(content, upload);
            return swap(id, upload, target);
        } catch (DataException e) {
            throw new DataException(withoutPaths(e, upload), e);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write " + target, e);
        } finally {
            deleteQuietly(upload);
        }
    }

    /**
     * Refuses an id whose task {@link #put} would not replace.
     *
     * @throws ConfigException if {@code id} is none, or its task is in a folder of its own
     */
    public void requireReplaceable(String id) {
        target(id);
    }

    private Path target(String id) {
        Path target = folder.resolve(requireId(id) + SUFFIX);
        Seen seen = files.get(id);
        if (seen != null && !seen.file().equals(target)) {
            throw new ConfigException("task " + id + " is the result of a run in a folder of its own; change it there");
        }
        return target;
    }

    private static void write(InputStream content, Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
                OutputStream out = Channels.newOutputStream(channel)) {
            content.transferTo(out);
            channel.force(true);
        }
    }

    private synchronized boolean swap(String id, Path upload, Path target) throws IOException {
        boolean isNew = !Files.isRegularFile(target);
        predictor.put(id, upload);
        try {
            AtomicFile.rename(upload, target);
        } catch (IOException e) {
            if (isNew || serve(id, target).isPresent()) {
                predictor.remove(id);
            }
            throw e;
        }
        files.put(id, new Seen(target, stamp(target), true, Optional.empty()));
        LOG.info("task {} was put and is served from {}", id, target);
        return isNew;
    }

    /**
     * Deletes a task's file and stops serving it.
     *
     * @return whether there was one of that id
     * @throws ConfigException if {@code id} is none, or its task is in a folder of its own
     * @throws UncheckedIOException if the file cannot be deleted; then it is still served
     */
    public synchronized boolean delete(String id) {
        Path target = target(id);
        try {
            boolean deleted = Files.deleteIfExists(target);
            files.remove(id);
            return predictor.remove(id) || deleted;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot delete " + target, e);
        }
    }

    /** Why the file of a task is not served as it is now; empty if it is, or if there is none. */
    public Optional<String> problem(String id) {
        return Optional.ofNullable(files.get(id)).flatMap(Seen::problem);
    }

    private static void deleteQuietly(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            // what happened before is what to report
        }
    }

    /** Stops watching; the tasks stay as they are. */
    @Override
    public void close() {
        FolderWatch watching;
        synchronized (this) {
            watching = watch;
            watch = null;
        }
        if (watching != null) {
            watching.close();
        }
    }
}
