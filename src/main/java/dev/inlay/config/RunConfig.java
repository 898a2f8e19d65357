package dev.inlay.config;

import dev.inlay.error.ConfigException;
import java.nio.file.Path;
import java.util.List;

/**
 * Everything that decides a run, as {@code inlay tune} and {@code inlay sensitivity} read it. An empty config is valid:
 * the built-in backbone learns a built-in task.
 *
 * @param name what the run is called in its report
 * @param seed of all randomness, at least 0
 * @param threads of LibTorch; 0 for one per physical core
 * @param device where the arithmetic happens
 * @param compat whether quirks of the method's first code are reproduced
 * @param recipe the set of defaults the other values were filled from
 * @param backbone which network is tuned
 * @param data which images it learns from
 * @param method what is tuned
 * @param sensitivity how weights are scored
 * @param train how it learns
 * @param baselines what the result is compared with
 * @param settings the whole config as text, defaults filled in
 */
public record RunConfig(
        String name,
        long seed,
        int threads,
        Device device,
        Compat compat,
        Recipe recipe,
        BackboneConfig backbone,
        DataConfig data,
        MethodConfig method,
        SensitivityConfig sensitivity,
        TrainConfig train,
        BaselinesConfig baselines,
        Settings settings) {
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
        Device device = root.choice("device", Device.CPU);
        Compat compat = root.choice("compat", Compat.NONE);
        Recipe recipe = root.choice("recipe", Recipe.NONE);
        BackboneConfig backbone = BackboneConfig.read(root.section("backbone"), recipe);
        DataConfig data = DataConfig.read(root.section("data"), compat);
        MethodConfig method = MethodConfig.read(root.section("method"), recipe);
        SensitivityConfig sensitivity = SensitivityConfig.read(root.section("sensitivity"), compat);
        TrainConfig train = TrainConfig.read(root.section("train"), recipe);
        BaselinesConfig baselines = BaselinesConfig.read(root.section("baselines"));
        root.throwProblems();
        return new RunConfig(
                name,
                seed,
                threads,
                device,
                compat,
                recipe,
                backbone,
                data,
                method,
                sensitivity,
                train,
                baselines,
                Settings.of(root));
    }
}
