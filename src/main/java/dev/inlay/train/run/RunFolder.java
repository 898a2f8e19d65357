package dev.inlay.train.run;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.inlay.error.ConfigException;
import dev.inlay.error.DataException;
import dev.inlay.error.InlayException;
import dev.inlay.file.AtomicFile;
import dev.inlay.record.Phase;
import dev.inlay.record.SearchTrial;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * The folder of a run: what each phase left in it, and how far the run is. One process at a time; resumable at any
 * instant.
 */
public final class RunFolder implements AutoCloseable {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final Path folder;
    private final FileChannel lockFile;
    private final State state;
    private final Map<Phase, Long> sinceNanos = new EnumMap<>(Phase.class);

    /** What a run knows of its own past. */
    private record State(String started, int resumed, Map<Phase, Double> seconds, List<SearchTrial> search) {}

    private RunFolder(Path folder, FileChannel lockFile, State state) {
        this.folder = folder;
        this.lockFile = lockFile;
        this.state = state;
    }

    /**
     * Opens the folder of a run, new or to go on with.
     *
     * @param settings the config in full; a folder belongs to one config
     * @throws ConfigException if the folder belongs to another config, or another process runs in it
     */
    public static RunFolder open(Path folder, String settings) {
        try {
            Files.createDirectories(folder);
            FileChannel channel =
                    FileChannel.open(folder.resolve(".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            FileLock lock = tryLock(channel);
            if (lock == null) {
                channel.close();
                throw new ConfigException(folder + " is in use by another process; wait for it, or choose another --out");
            }
            return new RunFolder(folder, channel, state(folder, settings));
        } catch (IOException e) {
            throw new InlayException("cannot use the run folder " + folder + ": " + e + "; choose another --out", e);
        }
    }

    private static FileLock tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (java.nio.channels.OverlappingFileLockException e) {
            return null;
        }
    }

    private static State state(Path folder, String settings) throws IOException {
        Path config = folder.resolve("config.json");
        Path file = folder.resolve("state.json");
        if (!Files.exists(config)) {
            AtomicFile.write(config, settings);
        } else if (!Files.readString(config).equals(settings)) {
            throw new ConfigException(folder + " holds a run of another config (see its config.json); use the same config"
                    + " to go on with it, or choose another --out");
        }
        if (!Files.exists(file)) {
            State fresh = new State(
                    Instant.now().truncatedTo(ChronoUnit.SECONDS).toString(), 0, Map.of(), List.of());
            write(file, fresh);
            return new State(fresh.started, 0, new EnumMap<>(Phase.class), new ArrayList<>());
        }
        try {
            State saved = JSON.readValue(Files.readString(file), State.class);
            State resumed = new State(
                    saved.started,
                    saved.resumed + 1,
                    saved.seconds.isEmpty() ? new EnumMap<>(Phase.class) : new EnumMap<>(saved.seconds),
                    new ArrayList<>(saved.search));
            write(file, resumed);
            return resumed;
        } catch (JsonProcessingException e) {
            throw new DataException(file + ": " + e.getOriginalMessage() + "; move the folder away to start again", e);
        }
    }

    private static void write(Path file, State state) {
        try {
            AtomicFile.write(file, JSON.writeValueAsString(state));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A file of the run. */
    public Path file(String name) {
        return folder.resolve(name);
    }

    /** How often the run was taken up again. */
    public int resumed() {
        return state.resumed;
    }

    /** When the run first started, ISO 8601 in UTC. */
    public String started() {
        return state.started;
    }

    /** Seconds spent so far, phase by phase, over all the times the run was taken up. */
    public Map<Phase, Double> seconds() {
        return Map.copyOf(state.seconds);
    }

    /** Search trials that are finished. */
    public List<SearchTrial> search() {
        return List.copyOf(state.search);
    }

    /** Notes a finished search trial. */
    public void tried(SearchTrial trial) {
        state.search.add(trial);
        write(file("state.json"), state);
    }

    /** A phase begins. */
    public void begin(Phase phase) {
        sinceNanos.put(phase, System.nanoTime());
    }

    /** A phase, or the part of it since {@link #begin}, is over. */
    public void end(Phase phase) {
        Long since = sinceNanos.remove(phase);
        if (since != null) {
            state.seconds.merge(phase, (System.nanoTime() - since) * 1e-9, Double::sum);
            write(file("state.json"), state);
        }
    }

    @Override
    public void close() {
        List.copyOf(sinceNanos.keySet()).forEach(this::end);
        try {
            lockFile.close();
        } catch (IOException e) {
            throw new InlayException("cannot release " + folder + ": " + e, e);
        }
    }
}
