package dev.inlay.config;

import dev.inlay.data.LabelSpace.Kind;
import dev.inlay.error.ConfigException;
import dev.inlay.tuning.HeadInit;
import dev.inlay.tuning.method.MaskHead;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Everything that decides a run, as {@code inlay tune} and {@code inlay sensitivity} read it. An empty config is valid:
 * the built-in backbone learns a built-in task.
 *
 * @param name what the run is called in its report
 * @param seed of all randomness, at least 0
 * @param threads of LibTorch; 0 for one per physical core
 * @param device where the arithmetic happens
 * @param precision of the products of all stages; {@code train.precision} has the last word for training
 * @param compat whether quirks of the method's first code are reproduced
 * @param recipe the set of defaults the other values were filled from
 * @param backbone which network is tuned
 * @param data which images it learns from
 * @param method what is tuned
 * @param maskHead what comes before the last layer of a head that gives every pixel a class; empty for other labels
 * @param sensitivity how weights are scored
 * @param train how it learns
 * @param search settings tried before the final training
 * @param baselines what the result is compared with
 * @param settings the whole config as text, defaults filled in
 */
public record RunConfig(
        String name,
        long seed,
        int threads,
        DeviceChoice device,
        PrecisionChoice precision,
        Compat compat,
        Recipe recipe,
        BackboneConfig backbone,
        DataConfig data,
        MethodConfig method,
        Optional<MaskHead.Decoder> maskHead,
        SensitivityConfig sensitivity,
        TrainConfig train,
        SearchConfig search,
        BaselinesConfig baselines,
        EffectiveConfig settings) {
    /**
     * Reads a YAML file.
     *
     * @param file the config; its relative paths start at its own folder
     * @param overrides {@code dotted.key=value} settings laid over it in order; their relative paths start at the
     *     working folder
     * @throws ConfigException that lists every problem, if there is any
     */
    public static RunConfig read(Path file, List<String> overrides) {
        return read(Section.root(ConfigTree.read(file, overrides)));
    }

    /**
     * Reads a YAML (or JSON) text.
     *
     * @param yaml the config
     * @param folder its relative paths start here
     * @param overrides as in {@link #read(Path, List)}
     * @throws ConfigException that lists every problem, if there is any
     */
    public static RunConfig parse(String yaml, Path folder, List<String> overrides) {
        return read(Section.root(ConfigTree.parse(yaml, "config", folder, overrides)));
    }

    static RunConfig read(Section root) {
        String name = root.text("name", "run");
        long seed = root.whole("seed", 0, 0, Long.MAX_VALUE);
        int threads = root.integer("threads", 0, 0, 4096);
        DeviceChoice device = DeviceChoice.read(root);
        PrecisionChoice precision = PrecisionChoice.read(root, PrecisionChoice.FLOAT32);
        Compat compat = root.choice("compat", Compat.NONE);
        Recipe recipe = root.choice("recipe", Recipe.NONE);
        BackboneConfig backbone = BackboneConfig.read(root.section("backbone"), recipe);
        DataConfig data = DataConfig.read(root.section("data"), compat, seed);
        MethodConfig method = MethodConfig.read(root.section("method"), recipe);
        boolean masks = data.labels().kind() == Kind.MASKS;
        Optional<MaskHead.Decoder> maskHead =
                masks ? Optional.of(root.choice("head", MaskHead.Decoder.LINEAR)) : Optional.empty();
        if (!masks && root.has("head")) {
            root.problem(
                    "head",
                    "is what gives every pixel a class, and data.labels is "
                            + data.labels().kind() + "; remove it");
        }
        if (masks && compat == Compat.SEED) {
            root.problem("compat", "seed reproduces code that knows no masks; remove it");
        }
        SensitivityConfig sensitivity = SensitivityConfig.read(root.section("sensitivity"), compat);
        TrainConfig train = TrainConfig.read(
                root.section("train"),
                recipe,
                compat,
                precision,
                masks ? HeadInit.SMALL : headInit(method, recipe, compat));
        if (train.headInit() == HeadInit.PROBE && !method.hasLinearHead()) {
            root.problem(
                    "train.headInit",
                    "a probe is a linear head, and that of method.type: " + method.name()
                            + " has more layers; use small");
        }
        LabelChecks.check(root, data, method, sensitivity, train);
        if (compat == Compat.SEED
                && method.planned().stream().anyMatch(spt -> spt.module().isOfBlock())) {
            root.problem(
                    "method.module", "adapterPlus is not in the code that compat: seed reproduces; drop one of them");
        }
        if (train.augRepeats() > 1 && data.augment().isNone()) {
            root.problem(
                    "train.augRepeats",
                    "repeats images so that each is changed anew, but data.augment changes none; set one of its keys,"
                            + " or leave out train.augRepeats");
        }
        SearchConfig search = SearchConfig.read(root.section("search"), recipe);
        BaselinesConfig baselines = BaselinesConfig.read(root.section("baselines"));
        root.throwProblems();
        RunConfig config = new RunConfig(
                name,
                seed,
                threads,
                device,
                precision,
                compat,
                recipe,
                backbone,
                data,
                method,
                maskHead,
                sensitivity,
                train,
                search,
                baselines,
                EffectiveConfig.of(root));
        config.requireGrid();
        return config;
    }

    /** How a head starts unless {@code train.headInit} says otherwise. */
    private static HeadInit headInit(MethodConfig method, Recipe recipe, Compat compat) {
        if (recipe == Recipe.VPT) {
            return HeadInit.VPT;
        }
        boolean probe = recipe == Recipe.NONE && compat == Compat.NONE && method.hasLinearHead();
        return probe ? HeadInit.PROBE : HeadInit.SMALL;
    }

    /**
     * This config with other settings.
     *
     * @param changes dotted key to value
     * @throws ConfigException that lists every value that does not fit
     */
    public RunConfig with(Map<String, String> changes) {
        List<String> overrides = changes.entrySet().stream()
                .map(change -> change.getKey() + "=" + change.getValue())
                .toList();
        ConfigTree tree =
                ConfigTree.parse(settings.json(), "search.grid", Path.of("").toAbsolutePath(), overrides);
        tree.root().putObject("search").putObject("grid");
        return read(Section.root(tree));
    }

    /** Refuses a grid with a value that its key does not take. */
    private void requireGrid() {
        List<String> problems = new ArrayList<>();
        search.grid()
                .forEach((key, values) -> values.forEach(value -> {
                    try {
                        with(Map.of(key, value));
                    } catch (ConfigException e) {
                        problems.add("search.grid." + key + ": " + value + " does not fit: " + e.getMessage());
                    }
                }));
        if (!problems.isEmpty()) {
            throw new ConfigException("search.grid", problems);
        }
    }
}
