package dev.inlay.inputs;

import dev.inlay.backbone.Backbone;
import dev.inlay.config.Allocation;
import dev.inlay.config.BackboneConfig;
import dev.inlay.config.DataConfig;
import dev.inlay.config.MethodConfig;
import dev.inlay.config.RunConfig;
import dev.inlay.data.Contents;
import dev.inlay.data.Fingerprint;
import dev.inlay.error.Abbreviated;
import dev.inlay.error.DataException;
import dev.inlay.progress.Progress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a run reads besides its config, held against what it read when it began: images, their lists, the backbone's weights,
 * scores and plans. The record is in the run's folder; a run that would resume with something else is refused.
 */
public final class RunInputs {
    private static final Logger LOG = LoggerFactory.getLogger(RunInputs.class);
    private static final String BACKBONE = "backbone";
    private static final String SPEC = "backbone.spec";
    private static final String DATA = "data";

    private final Path folder;
    private final boolean begun;
    private final Map<String, String> facts = new TreeMap<>();
    private boolean checked;
    private boolean renew;

    /**
     * The inputs of a run.
     *
     * @param folder of the run, where the record is
     * @param begun whether an earlier process began the run, so that what there is now has to be what was recorded
     * @param backbone what the run tunes
     */
    public RunInputs(Path folder, boolean begun, RunConfig config, Backbone backbone) {
        this.folder = folder;
        this.begun = begun;
        facts.put(BACKBONE, backbone.fingerprint());
        facts.put(SPEC, new Fingerprint().with(backbone.spec().toJson()).hex());
        config.sensitivity().scores().ifPresent(file -> given("sensitivity.scores", file));
        List<MethodConfig.Spt> planned = config.method().planned();
        for (int i = 0; i < planned.size(); i++) {
            if (planned.get(i).allocation() instanceof Allocation.Given plan) {
                given(planned.size() == 1 ? "method.plan" : "method.members: plan " + (i + 1), plan.plan());
            }
        }
    }

    private static Path record(Path folder) {
        return folder.resolve("inputs.txt");
    }

    /** A file that is missing was needed once, at the beginning. */
    private void given(String key, Path file) {
        String hash = Contents.hash(file);
        if (!hash.isEmpty()) {
            facts.put(key, hash);
        }
    }

    /**
     * Holds what there is now against the record; does it once.
     *
     * @param now the images, listed and perhaps read
     * @throws DataException if they are others
     */
    public void check(Contents now, Progress progress) {
        if (checked) {
            return;
        }
        checked = true;
        Path record = record(folder);
        if (!begun) {
            renew = true;
        } else if (!Files.exists(record)) {
            LOG.warn(
                    "{} was begun by a version of Inlay that kept no record of its images and weights, so it continues with"
                            + " those that are there now and keeps one from here on",
                    folder);
            renew = true;
        } else {
            Contents.Difference difference = now.since(record, facts, progress);
            if (!difference.isNone()) {
                throw new DataException(folder + " holds a run of other data: " + describe(difference)
                        + "; put back what it began with, or choose another --out");
            }
            renew = difference.touched();
        }
    }

    /** Keeps the record, or what is new in it; to be called before the folder is claimed. */
    public void keep(Contents now) {
        if (renew) {
            facts.put(DATA, now.hash());
            now.write(record(folder), facts);
            renew = false;
        }
    }

    /**
     * Refuses to add runs to finished ones that read something else under the same names.
     *
     * @param finished runs by their folders; one without a record is passed over
     * @param left runs to do
     * @param backboneOf gives the backbone of a run, borrowed
     * @param progress shows files whose bytes have to be compared
     * @throws DataException naming a finished run and what is otherwise
     */
    public static void requireSame(
            Map<Path, RunConfig> finished,
            List<RunConfig> left,
            Function<RunConfig, Backbone> backboneOf,
            Progress progress) {
        for (RunConfig config : left.stream()
                .collect(Collectors.toMap(DataKey::of, c -> c, (a, b) -> a))
                .values()) {
            Map<String, Path> records = new TreeMap<>();
            recorded(finished, DataKey.of(config), DataKey::of)
                    .forEach(record ->
                            records.putIfAbsent(Contents.factsOf(record).getOrDefault(DATA, ""), record));
            if (!records.isEmpty()) {
                Contents now;
                try {
                    now = RunData.contents(config.data(), config.seed());
                } catch (DataException e) {
                    continue; // the run itself says so
                }
                records.values().forEach(record -> {
                    Contents.Difference difference = now.since(record, Map.of(), progress);
                    if (!difference.isNone()) {
                        throw new DataException(record.getParent() + " is a finished run of other data: "
                                + describe(difference) + "; put back what it saw, remove its folder to do it again, or"
                                + " choose another --out");
                    }
                });
            }
        }
        for (RunConfig config : left.stream()
                .collect(Collectors.toMap(BackboneKey::of, c -> c, (a, b) -> a))
                .values()) {
            for (Path record : recorded(finished, BackboneKey.of(config), BackboneKey::of)) {
                String then = Contents.factsOf(record).get(BACKBONE);
                if (then != null && !then.equals(backboneOf.apply(config).fingerprint())) {
                    throw new DataException(record.getParent() + " is a finished run of another backbone: "
                            + "the backbone's file holds other weights; put back what it saw, remove its folder to do it"
                            + " again, or choose another --out");
                }
            }
        }
    }

    private record DataKey(DataConfig config, long seed) {
        static DataKey of(RunConfig run) {
            return new DataKey(run.data(), run.seed());
        }
    }

    private record BackboneKey(BackboneConfig config, long seed) {
        static BackboneKey of(RunConfig run) {
            return new BackboneKey(run.backbone(), run.backbone().random() ? run.seed() : 0);
        }
    }

    private static <K> List<Path> recorded(Map<Path, RunConfig> finished, K key, Function<RunConfig, K> keyOf) {
        return finished.entrySet().stream()
                .filter(run -> keyOf.apply(run.getValue()).equals(key))
                .map(run -> record(run.getKey()))
                .filter(Files::exists)
                .toList();
    }

    private static String describe(Contents.Difference difference) {
        List<String> parts = new ArrayList<>();
        add(parts, difference.exchanged(), "hold something else now");
        add(parts, difference.gone(), "are gone");
        add(parts, difference.added(), "are new");
        boolean sameFiles = difference.gone().isEmpty() && difference.added().isEmpty();
        for (String key : difference.facts()) {
            switch (key) {
                case BACKBONE -> parts.add("the backbone's file holds other weights");
                case SPEC ->
                    parts.add("the network of the backbone is another one, by its spec or the config.json beside it");
                case "sensitivity.scores", "method.plan" -> parts.add(key + " is a file of another content");
                default -> {
                    if (sameFiles) {
                        parts.add("the labels, classes or order of the split " + key + " are others");
                    }
                }
            }
        }
        return String.join("; ", parts);
    }

    private static void add(List<String> parts, List<String> names, String what) {
        if (!names.isEmpty()) {
            parts.add(names.size() + " of its files " + what + " (" + Abbreviated.few(names) + ")");
        }
    }
}
