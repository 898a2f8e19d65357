package dev.inlay.train.run;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.inlay.config.EffectiveConfig;
import dev.inlay.config.RunConfig;
import dev.inlay.error.ConfigException;
import dev.inlay.error.DataException;
import dev.inlay.error.InlayException;
import dev.inlay.error.JsonFault;
import dev.inlay.error.StorageException;
import dev.inlay.file.AtomicFile;
import dev.inlay.file.FileLocks;
import dev.inlay.record.FirstBlockTrial;
import dev.inlay.record.Phase;
import dev.inlay.record.Repeat;
import dev.inlay.record.SearchTrial;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * The folder of a run: what each phase left in it, and how far the run is. One process at a time; resumable at any
 * instant.
 */
public final class RunFolder implements AutoCloseable {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private static final String LOCK = ".lock";
    private static final String CONFIG = "config.json";
    private static final String STATE = "state.json";

    /** The journal of the final training. */
    static final String JOURNAL = "journal.safetensors";

    /**
     * The journal of one of the members that are trained.
     *
     * @param journal that of the first
     * @param member from 0
     */
    static String journal(String journal, int member) {
        return member == 0 ? journal : journal.replace(JOURNAL, "journal-" + (member + 1) + ".safetensors");
    }

    /**
     * The file of one of a run's plans.
     *
     * @param plan from 0
     */
    static String plan(int plan) {
        return plan == 0 ? "plan.json" : "plan-" + (plan + 1) + ".json";
    }

    /** What training makes of its images. */
    static final String AUGMENTED = "augmented.png";

    private final Path folder;
    private final FileChannel lockFile;
    private final String settings;
    private final State state;
    private final Optional<String> raised;
    private final Map<Phase, Long> sinceNanos = new EnumMap<>(Phase.class);
    private boolean claimed;

    /** What a run knows of its own past. */
    private record State(
            String started,
            int resumed,
            Map<Phase, Double> seconds,
            List<SearchTrial> search,
            List<FirstBlockTrial> firstBlocks,
            List<Repeat> repeats,
            List<String> machines,
            List<List<String>> ranks,
            List<String> raised) {
        State {
            // a folder of an earlier version does not know them
            firstBlocks = firstBlocks == null ? new ArrayList<>() : firstBlocks;
            ranks = ranks == null ? new ArrayList<>() : ranks;
            raised = raised == null ? new ArrayList<>() : raised;
        }

        static State fresh() {
            return new State(
                    Instant.now().truncatedTo(ChronoUnit.SECONDS).toString(),
                    0,
                    new EnumMap<>(Phase.class),
                    new ArrayList<>(),
                    new ArrayList<>(),
                    new ArrayList<>(),
                    new ArrayList<>(),
                    new ArrayList<>(),
                    new ArrayList<>());
        }

        State resume() {
            Map<Phase, Double> spent = new EnumMap<>(Phase.class);
            spent.putAll(seconds);
            return new State(
                    started,
                    resumed + 1,
                    spent,
                    new ArrayList<>(search),
                    new ArrayList<>(firstBlocks),
                    new ArrayList<>(repeats),
                    new ArrayList<>(machines),
                    new ArrayList<>(ranks),
                    new ArrayList<>(raised));
        }
    }

    private RunFolder(Path folder, FileChannel lockFile, String settings) throws IOException {
        this.folder = folder;
        this.lockFile = lockFile;
        this.settings = settings;
        this.claimed = Files.exists(file(CONFIG));
        this.raised = raised(folder, settings);
        if (raised.isEmpty()) {
            requireConfig(folder, settings);
        }
        AtomicFile.removeLeftovers(folder);
        this.state = readState();
    }

    /**
     * Opens the folder of a run, new or to be resumed. A new run leaves nothing in it until it is {@linkplain #claim
     * claimed}.
     *
     * @param settings the config in full; a folder belongs to one config, of which only {@code train.epochs} may be raised, once
     *     the final training has begun
     * @throws ConfigException if the folder belongs to another config, or another process runs in it
     * @throws DataException if what it keeps of the run is damaged
     */
    public static RunFolder open(Path folder, String settings) {
        try {
            Files.createDirectories(folder);
            FileChannel channel =
                    FileChannel.open(folder.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            try {
                if (!FileLocks.take(channel)) {
                    throw new ConfigException(
                            folder + " is in use by another process; wait for it, or choose another --out");
                }
                return new RunFolder(folder, channel, settings);
            } catch (RuntimeException | IOException e) {
                channel.close();
                throw e;
            }
        } catch (IOException e) {
            throw new InlayException(
                    "cannot use the run folder " + folder + ": " + StorageException.reason(e)
                            + "; choose another --out",
                    e);
        }
    }

    /**
     * The config of the run that a folder holds; empty if it holds none.
     *
     * @throws DataException if it cannot be read
     */
    public static Optional<String> configOf(Path folder) {
        Path file = folder.resolve(CONFIG);
        try {
            return Files.exists(file) ? Optional.of(Files.readString(file)) : Optional.empty();
        } catch (IOException e) {
            throw new DataException("cannot read " + file + ": " + StorageException.reason(e), e);
        }
    }

    /** The file of a run's folder that says how far the run is. */
    public static Path state(Path folder) {
        return folder.resolve(STATE);
    }

    /**
     * Refuses a folder that holds a run of another config.
     *
     * @param settings the config in full
     * @throws ConfigException if it does
     */
    public static void requireConfig(Path folder, String settings) {
        differences(folder, settings).ifPresent(differences -> {
            throw new ConfigException(folder + " holds a run of another config: " + differences
                    + "; use the config in its " + CONFIG + " to resume it, or choose another --out");
        });
    }

    /**
     * In what the config of the run that a folder holds differs, for people; empty if it does not, or there is no run. A key
     * that the kept config lacks, because the version that wrote it did not know it, has its default.
     *
     * @param settings the config in full
     */
    public static Optional<String> differences(Path folder, String settings) {
        return configOf(folder)
                .filter(kept -> !kept.equals(settings))
                .map(RunFolder::completed)
                .filter(kept -> !kept.equals(settings))
                .map(kept -> EffectiveConfig.differences(kept, settings));
    }

    /** From what to what {@code train.epochs} was raised, if that is all that is new and the final training has begun. */
    private static Optional<String> raised(Path folder, String settings) {
        if (!Files.exists(folder.resolve(JOURNAL))
                || differences(folder, settings).isEmpty()) {
            return Optional.empty();
        }
        try {
            int before =
                    config(configOf(folder).orElseThrow(), List.of()).train().epochs();
            int now = config(settings, List.of()).train().epochs();
            String longer = config(configOf(folder).orElseThrow(), List.of("train.epochs=" + now))
                    .settings()
                    .json();
            return longer.equals(settings) && now > before
                    ? Optional.of("from " + before + " to " + now)
                    : Optional.empty();
        } catch (InlayException e) {
            return Optional.empty(); // what differs is told by requireConfig
        }
    }

    private static RunConfig config(String settings, List<String> overrides) {
        return RunConfig.parse(settings, Path.of("").toAbsolutePath(), overrides);
    }

    private static String completed(String kept) {
        try {
            return config(kept, List.of()).settings().json();
        } catch (InlayException e) {
            return kept; // with a key that is none any more
        }
    }

    private State readState() throws IOException {
        if (!claimed || !Files.exists(file(STATE))) {
            return State.fresh();
        }
        try {
            return JSON.readValue(Files.readString(file(STATE)), State.class).resume();
        } catch (JsonProcessingException e) {
            throw new DataException(
                    JsonFault.in(file(STATE).toString(), "the state of a run", e) + "; move " + folder
                            + " away to start again",
                    e);
        }
    }

    /**
     * Makes the folder that of this config: what a run needs to start was found.
     *
     * @param machine what the numbers of the run depend on beside its config, in words
     */
    public void claim(String machine) {
        if (!state.machines.contains(machine)) {
            state.machines.add(machine);
        }
        raised.ifPresent(epochs -> {
            state.raised.add(epochs);
            state.repeats.clear();
            writeState();
        });
        if (!claimed || raised.isPresent()) {
            AtomicFile.write(file(CONFIG), settings);
            claimed = true;
        }
        writeState();
    }

    /** From what to what {@code train.epochs} was raised, each time that it was. */
    List<String> raised() {
        return List.copyOf(state.raised);
    }

    private void writeState() {
        try {
            AtomicFile.write(file(STATE), JSON.writeValueAsString(state));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Every machine that the run was on, in words; more than one if it was resumed elsewhere. */
    public List<String> machines() {
        return List.copyOf(state.machines);
    }

    /** Whether a process {@linkplain #claim began} the run. */
    boolean isClaimed() {
        return claimed;
    }

    /**
     * Notes the machines of ranks that train together.
     *
     * @param machines as in {@link #claim}, by rank
     */
    void ranks(List<String> machines) {
        if (!state.ranks.contains(machines)) {
            state.ranks.add(machines);
            writeState();
        }
    }

    /** The machines of all ranks, by rank; several of these if the run was resumed with others, none if it has one rank. */
    List<List<String>> ranks() {
        return List.copyOf(state.ranks);
    }

    /** Where it is. */
    public Path path() {
        return folder;
    }

    /** A file of the run. */
    public Path file(String name) {
        return folder.resolve(name);
    }

    /**
     * What an earlier process found out, if it did.
     *
     * @throws DataException if the file is damaged; says that the run can do without
     */
    public <T> Optional<T> kept(String name, Function<Path, T> reader) {
        Path file = file(name);
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        try {
            return Optional.of(reader.apply(file));
        } catch (DataException e) {
            throw new DataException(
                    e.getMessage() + "; a part of this run is damaged: delete " + file
                            + ", and the same command makes it again",
                    e);
        }
    }

    /** How often the run was resumed. */
    public int resumed() {
        return state.resumed;
    }

    /** When the run first started, ISO 8601 in UTC. */
    public String started() {
        return state.started;
    }

    /** Seconds spent so far, phase by phase, over all the times the run was resumed; a phase that runs counts up to now. */
    public Map<Phase, Double> seconds() {
        Map<Phase, Double> seconds = new EnumMap<>(Phase.class);
        seconds.putAll(state.seconds);
        sinceNanos.forEach((phase, since) -> seconds.merge(phase, secondsSince(since), Double::sum));
        return seconds;
    }

    private static double secondsSince(long nanos) {
        return (System.nanoTime() - nanos) * 1e-9;
    }

    /** Search trials that are finished. */
    public List<SearchTrial> search() {
        return List.copyOf(state.search);
    }

    /** Notes a finished search trial. */
    public void tried(SearchTrial trial) {
        state.search.add(trial);
        writeState();
    }

    /** First blocks that were tried. */
    public List<FirstBlockTrial> firstBlocks() {
        return List.copyOf(state.firstBlocks);
    }

    /** Notes a first block that was tried. */
    public void tried(FirstBlockTrial trial) {
        state.firstBlocks.add(trial);
        writeState();
    }

    /** Repeats of the final training that are finished. */
    public List<Repeat> repeats() {
        return List.copyOf(state.repeats);
    }

    /** Notes a finished repeat of the final training. */
    public void repeated(Repeat repeat) {
        state.repeats.add(repeat);
        writeState();
    }

    /** A phase begins. */
    public void begin(Phase phase) {
        sinceNanos.put(phase, System.nanoTime());
    }

    /** A phase, or the part of it since {@link #begin}, is over. */
    public void end(Phase phase) {
        Long since = sinceNanos.remove(phase);
        if (since != null) {
            state.seconds.merge(phase, secondsSince(since), Double::sum);
            if (claimed) {
                writeState();
            }
        }
    }

    /** Time that a phase took elsewhere for a result used here. */
    public void spent(Phase phase, double seconds) {
        state.seconds.merge(phase, seconds, Double::sum);
        writeState();
    }

    @Override
    public void close() {
        List.copyOf(sinceNanos.keySet()).forEach(this::end);
        try {
            lockFile.close();
            if (!claimed) {
                Files.deleteIfExists(file(LOCK));
                deleteIfEmpty();
            }
        } catch (IOException e) {
            throw new InlayException("cannot release " + folder + ": " + StorageException.reason(e), e);
        }
    }

    private void deleteIfEmpty() throws IOException {
        try {
            Files.delete(folder);
        } catch (DirectoryNotEmptyException e) {
            // somebody else's files stay
        }
    }
}
