package dev.inlay.serve.training;

import dev.inlay.data.image.ExifOrientation;
import dev.inlay.data.image.ImageDecoder;
import dev.inlay.error.ConfigException;
import dev.inlay.error.InlayException;
import dev.inlay.error.MemoryException;
import dev.inlay.error.OverloadException;
import dev.inlay.error.StorageException;
import dev.inlay.file.FileLocks;
import dev.inlay.serve.Predictor;
import dev.inlay.serve.TaskFolder;
import dev.inlay.serve.TaskTrainer;
import dev.inlay.serve.TrainingJob;
import dev.inlay.serve.TrainingJob.State;
import dev.inlay.serve.TrainingOptions;
import dev.inlay.serve.TrainingRequest;
import dev.inlay.serve.TrainingRequest.Labelled;
import dev.inlay.serve.training.JobFolder.JobRequest;
import dev.inlay.serve.training.JobFolder.JobResult;
import dev.inlay.serve.training.JobRun.TrainedTask;
import dev.inlay.tensor.LibTorch;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Jobs in a folder, computed one after the other by one platform thread, which has LibTorch threads of its own and borrows the
 * backbone that is served. A job that was not finished when a process ended is resumed by the next.
 */
public final class TrainingQueue implements TaskTrainer, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(TrainingQueue.class);
    private static final String FOLDER = ".training";
    private static final Pattern NUMBER = Pattern.compile("\\d{12}");

    /** For the images of a request, whose client waits for it. */
    private static final Duration MAX_DECODING = Duration.ofSeconds(60);

    /** A job during which the process ended as often as this is not begun again. */
    private static final int MAX_STARTS = 3;

    /** So many jobs that are over are remembered. */
    private static final int MAX_REMEMBERED = 1000;

    private final Predictor predictor;
    private final TaskFolder tasks;
    private final Optional<Path> weights;
    private final TrainingOptions options;
    private final Path folder;
    private final FileChannel lockFile;
    private final Map<String, Job> latest = new HashMap<>();
    private final Deque<Job> waiting = new ArrayDeque<>();
    private final Deque<Job> over = new ArrayDeque<>();
    private final Map<State, Long> ended = new EnumMap<>(State.class);
    private final Thread worker = new Thread(this::work, "inlay-train");
    private long lastNumber;
    private volatile boolean closing;

    /** A job of this process; what changes in it is guarded by the queue. */
    private final class Job {
        private final JobFolder folder;
        private final JobRequest asked;
        private volatile State state = State.QUEUED;
        private JobResult ending;
        private final JobProgress progress = new JobProgress(() -> closing || state == State.CANCELLED);

        Job(JobFolder folder, JobRequest asked) {
            this.folder = folder;
            this.asked = asked;
        }

        TrainingJob describe() {
            return new TrainingJob(
                    asked.task(),
                    state,
                    asked.method(),
                    asked.epochs(),
                    asked.classes().size(),
                    asked.labels().size(),
                    Instant.parse(asked.submitted()),
                    state == State.RUNNING ? progress.step() : Optional.empty(),
                    ending == null ? new TreeMap<>() : new TreeMap<>(ending.metrics()),
                    ending == null ? Optional.empty() : Optional.ofNullable(ending.problem()));
        }
    }

    /**
     * Takes up what an earlier process left and begins.
     *
     * @param predictor its backbone is borrowed; must outlive this
     * @param tasks the folder of its tasks, borrowed; made tasks are put there
     * @param root the path of that folder; jobs are kept below it, in a folder that is no task's
     * @param weights the file that the backbone is from, for the record
     * @throws ConfigException if the folder cannot be used, or another process does
     */
    public TrainingQueue(
            Predictor predictor, TaskFolder tasks, Path root, Optional<Path> weights, TrainingOptions options) {
        this.predictor = predictor;
        this.tasks = tasks;
        this.weights = weights;
        this.options = options;
        this.folder = root.toAbsolutePath().normalize().resolve(FOLDER);
        this.lockFile = lock();
        try {
            takeUp();
        } catch (IOException | RuntimeException e) {
            unlock();
            throw new ConfigException("cannot use the folder of training jobs " + folder + ": "
                    + (e instanceof IOException io ? StorageException.reason(io) : e.getMessage()));
        }
        worker.setDaemon(true);
        worker.start();
    }

    private FileChannel lock() {
        try {
            Files.createDirectories(folder);
            FileChannel channel =
                    FileChannel.open(folder.resolve(".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            if (!FileLocks.take(channel)) {
                channel.close();
                throw new ConfigException(
                        "another service trains tasks in " + folder.getParent()
                                + "; stop it, give this one a folder of its own, or have this one train nothing: training.enabled=false");
            }
            return channel;
        } catch (IOException e) {
            throw new ConfigException(
                    "cannot use the folder of training jobs " + folder + ": " + StorageException.reason(e));
        }
    }

    private void unlock() {
        try {
            lockFile.close();
        } catch (IOException e) {
            LOG.warn("cannot release {}: {}", folder, e.toString());
        }
    }

    private void takeUp() throws IOException {
        List<Path> found;
        try (Stream<Path> entries = Files.list(folder)) {
            found = entries.filter(Files::isDirectory)
                    .filter(path ->
                            NUMBER.matcher(path.getFileName().toString()).matches())
                    .sorted()
                    .toList();
        }
        for (Path path : found) {
            JobFolder kept = new JobFolder(path);
            Optional<JobRequest> asked = kept.asked();
            if (asked.isEmpty()) {
                kept.delete();
                continue;
            }
            lastNumber = Long.parseLong(path.getFileName().toString());
            Job job = new Job(kept, asked.get());
            Optional<JobResult> ending = kept.ending();
            if (ending.isPresent()) {
                job.ending = ending.get();
                job.state = job.ending.state();
                over.add(job);
                kept.clear();
            } else {
                LOG.info("the training of task {} is resumed", job.asked.task());
                waiting.add(job);
            }
            replaceLatest(job);
        }
        forget();
    }

    @Override
    public TrainingOptions options() {
        return options;
    }

    @Override
    public synchronized void requireRoom(String id) {
        tasks.requireReplaceable(id);
        Job last = latest.get(id);
        if (last != null && !last.state.isOver()) {
            throw new ConfigException("task " + id + " is being trained; wait until it is done, or cancel that");
        }
        if (closing) {
            throw new OverloadException("the service is stopping; try again later");
        }
        if (waiting.size() >= options.maxWaiting()) {
            throw new OverloadException(waiting.size() + " trainings are waiting, as many as may (training.maxWaiting);"
                    + " try again later");
        }
    }

    @Override
    public TrainingJob submit(String id, TrainingRequest request) {
        requireRoom(id);
        requireWithinLimits(request);
        requireDecodable(request.images(), new ImageDecoder(ExifOrientation.APPLY, options.images()), MAX_DECODING);
        JobFolder stored = new JobFolder(folder.resolve(String.format("%012d", nextNumber())));
        stored.store(request.images());
        try {
            return queue(id, stored, asked(id, request));
        } catch (RuntimeException e) {
            stored.delete();
            throw e;
        }
    }

    static void requireDecodable(List<Labelled> images, ImageDecoder decoder, Duration most) {
        long start = System.nanoTime();
        for (Labelled image : images) {
            if (System.nanoTime() - start >= most.toNanos()) {
                throw new ConfigException("decoding the images takes longer than " + most.toSeconds()
                        + " s; send fewer, or smaller ones");
            }
            decoder.decode(image.bytes(), image.name());
        }
    }

    private synchronized long nextNumber() {
        return ++lastNumber;
    }

    private void requireWithinLimits(TrainingRequest request) {
        requireAtMost(request.classes().size(), options.maxClasses(), "classes");
        requireAtMost(request.images().size(), options.maxImages(), "images");
        request.epochs().ifPresent(epochs -> requireAtMost(epochs, options.maxEpochs(), "epochs"));
    }

    private static void requireAtMost(int found, int most, String what) {
        if (found > most) {
            throw new ConfigException("a training takes at most " + most + " " + what + " here, found " + found);
        }
    }

    private JobRequest asked(String id, TrainingRequest request) {
        return new JobRequest(
                id,
                request.method(),
                request.epochs().orElse(Math.min(request.method().epochs(), options.maxEpochs())),
                request.seed(),
                request.classes(),
                options.images(),
                request.images().stream().map(Labelled::label).toList(),
                Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
    }

    private synchronized TrainingJob queue(String id, JobFolder stored, JobRequest asked) {
        requireRoom(id);
        stored.describe(asked);
        Job job = new Job(stored, asked);
        replaceLatest(job);
        waiting.add(job);
        notifyAll();
        return job.describe();
    }

    private void replaceLatest(Job job) {
        Job before = latest.put(job.asked.task(), job);
        if (before != null && over.remove(before)) {
            deleteQuietly(before);
        }
    }

    private void deleteQuietly(Job job) {
        try {
            job.folder.delete();
        } catch (StorageException e) {
            LOG.warn("what a job left stays there: {}", e.getMessage());
        }
    }

    /** Of jobs that are over, the first go. */
    private void forget() {
        while (over.size() > MAX_REMEMBERED) {
            Job oldest = over.remove();
            latest.remove(oldest.asked.task(), oldest);
            deleteQuietly(oldest);
        }
    }

    @Override
    public synchronized Optional<TrainingJob> job(String id) {
        return Optional.ofNullable(latest.get(id)).map(Job::describe);
    }

    @Override
    public synchronized boolean cancel(String id) {
        Job job = latest.get(id);
        if (job == null || job.state.isOver()) {
            return false;
        }
        boolean waits = waiting.remove(job);
        end(job, new JobResult(State.CANCELLED, Map.of(), null));
        if (waits) {
            clear(job);
        }
        return true;
    }

    @Override
    public synchronized Map<State, Long> counts() {
        Map<State, Long> counts = new EnumMap<>(ended);
        counts.put(State.QUEUED, (long) waiting.size());
        counts.put(
                State.RUNNING,
                latest.values().stream()
                        .filter(job -> job.state == State.RUNNING)
                        .count());
        return counts;
    }

    private void work() {
        LibTorch.threadsHere(options.threads());
        for (Optional<Job> job = next(); job.isPresent(); job = next()) {
            run(job.get());
        }
    }

    private synchronized Optional<Job> next() {
        while (waiting.isEmpty() && !closing) {
            try {
                wait();
            } catch (InterruptedException e) {
                return Optional.empty();
            }
        }
        if (closing) {
            return Optional.empty();
        }
        Job job = waiting.remove();
        job.state = State.RUNNING;
        return Optional.of(job);
    }

    private void run(Job job) {
        try {
            if (job.folder.begin() >= MAX_STARTS) {
                throw new InlayException("the service ended " + MAX_STARTS + " times while it trained this task");
            }
            LOG.info("the training of task {} begins", job.asked.task());
            TrainedTask made =
                    new JobRun(job.folder.path(), job.asked, predictor.backbone(), weights, job.progress).run();
            finish(job, made);
        } catch (Throwable e) { // whatever happens, the jobs behind this one are to be done
            fail(job, e);
        }
        if (job.state.isOver()) {
            clear(job);
        }
    }

    private synchronized void finish(Job job, TrainedTask made) throws IOException {
        if (job.state == State.CANCELLED) {
            return;
        }
        try (InputStream content = Files.newInputStream(made.file())) {
            tasks.put(job.asked.task(), content);
        }
        LOG.info("task {} was trained: {}", job.asked.task(), made.metrics());
        end(job, new JobResult(State.DONE, made.metrics(), null));
    }

    private synchronized void fail(Job job, Throwable failure) {
        if (job.state.isOver()) {
            return;
        }
        if (closing) {
            LOG.info("the training of task {} is stopped; the next start of the service resumes it", job.asked.task());
            job.folder.pause();
            return;
        }
        end(job, new JobResult(State.FAILED, Map.of(), problem(job, failure)));
    }

    private String problem(Job job, Throwable failure) {
        Throwable told = MemoryException.orSame(failure);
        if (told instanceof InlayException) {
            LOG.warn("the training of task {} failed: {}", job.asked.task(), told.getMessage());
            return told.getMessage()
                    .replace(job.folder.path().toString(), "the job")
                    .replace(folder.getParent().toString(), "the folder of tasks");
        }
        String id = UUID.randomUUID().toString();
        LOG.error("the training of task {} failed, {}", job.asked.task(), id, failure);
        return "something failed in the service; its log says what under " + id;
    }

    private void end(Job job, JobResult ending) {
        job.state = ending.state();
        job.ending = ending;
        ended.merge(ending.state(), 1L, Long::sum);
        if (latest.get(job.asked.task()) == job) {
            over.add(job);
        }
        try {
            job.folder.end(ending);
        } catch (RuntimeException e) {
            LOG.warn("what came of the training of task {} cannot be kept", job.asked.task(), e);
        }
        forget();
    }

    private void clear(Job job) {
        try {
            if (isRemembered(job)) {
                job.folder.clear();
            } else {
                job.folder.delete();
            }
        } catch (StorageException e) {
            LOG.warn("what a job left stays there: {}", e.getMessage());
        }
    }

    private synchronized boolean isRemembered(Job job) {
        return latest.get(job.asked.task()) == job;
    }

    /** Leaves the job that runs after the step it is at, for the next process to resume. */
    @Override
    public void close() {
        synchronized (this) {
            closing = true;
            notifyAll();
        }
        boolean interrupted = false;
        while (worker.isAlive()) {
            try {
                worker.join();
            } catch (InterruptedException e) {
                interrupted = true; // the backbone must not go while the thread computes with it
            }
        }
        unlock();
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
