package dev.inlay.serve;

import dev.inlay.error.ConfigException;
import dev.inlay.error.DataException;
import dev.inlay.error.InlayException;
import dev.inlay.error.MemoryException;
import dev.inlay.error.OverloadException;
import dev.inlay.error.StorageException;
import dev.inlay.file.AtomicFile;
import dev.inlay.serve.FolderLog.News;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a {@link Predictor} at what a folder holds: {@code <id>.safetensors}, or {@code <id>/task.safetensors} as a run
 * leaves it; if there are both, the first. Files that come, change and go do so while requests are answered. One that cannot be
 * served is logged and looked at again once it changes; the previous task of its id stays in service. Safe for use by many threads.
 */
public final class TaskFolder implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(TaskFolder.class);
    private static final Pattern ID = Pattern.compile("[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}");
    static final String SUFFIX = ".safetensors";
    static final String IN_A_FOLDER = "task" + SUFFIX;
    private static final int MAX_PROBLEM = 1_000;
    private static final String MORE_MEMORY =
            "it needs more memory than there is; it is read again until there is enough";

    /** A file that changed later than this before it was read may change again without its times telling. */
    private static final long SETTLED_MILLIS = 2_000;

    private final Path folder;
    private final Predictor predictor;
    private final ConcurrentMap<String, Seen> files = new ConcurrentHashMap<>();
    private final FolderLog log = new FolderLog();
    private FolderWatch watch;

    /** What tells a file from its next version. */
    private record Stamp(long modified, long size, Object key) {}

    /**
     * A file as it was when it was last read.
     *
     * @param since when it first looked so, by {@link System#nanoTime}
     * @param settled false if it is to be read again although it looks the same
     * @param problem why it is not served
     */
    private record Seen(Path file, Stamp stamp, long since, boolean settled, Optional<String> problem) {
        boolean looksLike(Path other, Stamp now) {
            return file.equals(other) && stamp.equals(now);
        }
    }

    /**
     * @param tasks by id
     * @param passedOver the names of all else that does not begin with a point
     */
    private record Listing(Map<String, Path> tasks, SortedSet<String> passedOver) {}

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
            TaskUpload.removeLeftovers(this.folder);
        } catch (IOException e) {
            throw unusable(folder, e);
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
     * The files of tasks in a folder, sorted by the ids of the tasks.
     *
     * @throws ConfigException if the folder cannot be read
     */
    public static List<Path> filesIn(Path folder) {
        try {
            return List.copyOf(new TreeMap<>(list(folder).tasks()).values());
        } catch (IOException e) {
            throw unusable(folder, e);
        } catch (DirectoryIteratorException e) {
            throw unusable(folder, e.getCause());
        }
    }

    private static ConfigException unusable(Path folder, IOException e) {
        return new ConfigException("cannot use the folder of tasks " + folder + ": " + StorageException.reason(e));
    }

    /**
     * Looks at the folder once and brings the predictor to what it holds.
     *
     * @return true if all that was read stays as it is; false if something is to be looked at again in two seconds
     */
    public boolean scan() {
        Listing found;
        try {
            found = list(folder);
        } catch (IOException | DirectoryIteratorException e) {
            LOG.warn("cannot list the folder of tasks, the tasks stay as they are: {}", e.toString());
            return true;
        }
        List<News> news = new ArrayList<>();
        new TreeMap<>(found.tasks()).forEach((id, file) -> look(id, file).ifPresent(news::add));
        files.keySet().forEach(id -> {
            if (!found.tasks().containsKey(id)) {
                leave(id);
            }
        });
        log.tasks(news);
        log.passedOver(found.passedOver());
        return files.values().stream().allMatch(Seen::settled);
    }

    /** Looks at the folder now, and from now on whenever it changes, on a thread of its own. */
    public synchronized void watch(Duration rescan) {
        if (watch == null) {
            watch = new FolderWatch(folder, rescan, Duration.ofMillis(SETTLED_MILLIS), this::scan);
        }
    }

    private static Listing list(Path folder) throws IOException {
        Map<String, Path> found = new HashMap<>();
        Map<String, Path> inFolders = new HashMap<>();
        SortedSet<String> others = new TreeSet<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
            for (Path entry : entries) {
                String name = entry.getFileName().toString();
                if (name.startsWith(".")) {
                    continue;
                }
                boolean alone = name.endsWith(SUFFIX);
                String id = alone ? name.substring(0, name.length() - SUFFIX.length()) : name;
                Path file = alone ? entry : entry.resolve(IN_A_FOLDER);
                if (Files.isRegularFile(file) && ID.matcher(id).matches()) {
                    (alone ? found : inFolders).put(id, file);
                } else {
                    others.add(name);
                }
            }
        }
        inFolders.forEach(found::putIfAbsent);
        return new Listing(found, others);
    }

    private synchronized Optional<News> look(String id, Path file) {
        try {
            Stamp stamp = stamp(file);
            Seen seen = files.get(id);
            boolean same = seen != null && seen.looksLike(file, stamp);
            if (same && seen.settled()) {
                return Optional.empty();
            }
            long since = same ? seen.since() : System.nanoTime();
            boolean settled = isSettled(stamp, since);
            Optional<String> problem = serve(id, file);
            boolean lacksMemory = problem.filter(MORE_MEMORY::equals).isPresent();
            files.put(id, new Seen(file, stamp, since, settled && !lacksMemory, problem));
            boolean known = seen != null && seen.problem().equals(problem) && (same || problem.isPresent());
            return known ? Optional.empty() : Optional.of(new News(id, file, problem));
        } catch (NoSuchFileException e) {
            // it went between listing and looking
        } catch (IOException e) {
            LOG.warn("cannot look at {}: {}", file, e.toString());
        }
        return Optional.empty();
    }

    /** Its times may be those of another clock, or made up, so that they never lie far enough behind; then it is enough to have waited. */
    private static boolean isSettled(Stamp stamp, long since) {
        return System.currentTimeMillis() - stamp.modified() > SETTLED_MILLIS
                || System.nanoTime() - since > TimeUnit.MILLISECONDS.toNanos(SETTLED_MILLIS);
    }

    private Optional<String> serve(String id, Path file) {
        try {
            predictor.put(id, file);
            return Optional.empty();
        } catch (RuntimeException
                | OutOfMemoryError
                | StackOverflowError e) { // the others are to be read, whatever this one causes
            if (MemoryException.of(e).isPresent()) {
                return Optional.of(MORE_MEMORY);
            }
            if (e instanceof InlayException known) {
                return Optional.of(withoutPaths(known, file));
            }
            LOG.warn("task {} failed unexpectedly", id, e);
            return Optional.of("it cannot be read; the log of the service says why");
        }
    }

    private String withoutPaths(InlayException e, Path file) {
        String said = e.getMessage().replace(file.toString(), "the file").replace(folder.toString(), "the folder");
        return said.length() <= MAX_PROBLEM ? said : said.substring(0, MAX_PROBLEM) + "…";
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
     * @throws StorageException if the folder cannot be written
     */
    public boolean put(String id, InputStream content) {
        Path target = target(id);
        try (TaskUpload upload = TaskUpload.in(folder)) {
            try {
                upload.write(content);
                return swap(id, upload.file(), target);
            } catch (DataException e) {
                throw new DataException(withoutPaths(e, upload.file()), e);
            }
        } catch (IOException e) {
            throw new StorageException(target, e);
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

    private synchronized boolean swap(String id, Path upload, Path target) throws IOException {
        boolean isNew = !Files.isRegularFile(target);
        Stamp stamp = stamp(upload); // renaming keeps it; the target may be another service's a moment later
        predictor.put(id, upload);
        try {
            AtomicFile.rename(upload, target);
        } catch (IOException e) {
            if (isNew || serve(id, target).isPresent()) {
                predictor.remove(id);
            }
            throw e;
        }
        files.put(id, new Seen(target, stamp, System.nanoTime(), true, Optional.empty()));
        LOG.info("task {} was {}, {} bytes in {}", id, isNew ? "put" : "replaced", stamp.size(), target);
        return isNew;
    }

    /**
     * Deletes a task's file and stops serving it.
     *
     * @return whether there was one of that id
     * @throws ConfigException if {@code id} is none, or its task is in a folder of its own
     * @throws StorageException if the file cannot be deleted; then it is still served
     */
    public synchronized boolean delete(String id) {
        Path target = target(id);
        try {
            boolean deleted = Files.deleteIfExists(target);
            files.remove(id);
            boolean was = predictor.remove(id) || deleted;
            if (was) {
                LOG.info("task {} was deleted, and its file {}", id, target);
            }
            return was;
        } catch (IOException e) {
            throw new StorageException(target, e);
        }
    }

    /** How many files of tasks are not served as they are now. */
    public long refused() {
        return files.values().stream()
                .filter(seen -> seen.problem().isPresent())
                .count();
    }

    /** Why the file of a task is not served as it is now; empty if it is, or if there is none. */
    public Optional<String> problem(String id) {
        return Optional.ofNullable(files.get(id)).flatMap(Seen::problem);
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
