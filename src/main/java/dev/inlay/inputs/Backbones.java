package dev.inlay.inputs;

import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.BackboneFamily;
import dev.inlay.backbone.BackboneSpec;
import dev.inlay.backbone.SpecJson;
import dev.inlay.checkpoint.StoredTensors;
import dev.inlay.checkpoint.naming.BackboneWeights;
import dev.inlay.checkpoint.naming.Fitting;
import dev.inlay.checkpoint.safetensors.SafeTensorsFile;
import dev.inlay.config.BackboneConfig;
import dev.inlay.config.RunConfig;
import dev.inlay.error.ConfigException;
import dev.inlay.error.DataException;
import dev.inlay.error.InlayException;
import dev.inlay.task.BackboneInfo;
import dev.inlay.task.Task;
import dev.inlay.task.TaskFile;
import dev.inlay.tensor.Device;
import dev.inlay.tensor.Precision;
import dev.inlay.tensor.Tensors;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Tensor;

/** Loads the backbones that configs name. */
public final class Backbones {
    /** The metadata key under which a file of weights that {@code inlay pretrain} made carries its {@link BackboneSpec}. */
    public static final String SPEC_KEY = "inlay.vit";

    private static final String BUILTIN_RESOURCE = "builtin-vit.safetensors";

    private Backbones() {}

    /**
     * The backbone of a config, on a device.
     *
     * @param seed of random weights, where the config asks for them
     * @throws ConfigException if the variant or the spec is bad
     * @throws DataException if the file does not hold the backbone's weights
     */
    public static Backbone load(BackboneConfig config, long seed, Device device) {
        return on(device, load(config, seed));
    }

    /**
     * The backbone of a run, on its device and in its precision.
     *
     * @throws ConfigException if the variant or the spec is bad, or the device has not that precision
     * @throws DataException if the file does not hold the backbone's weights
     */
    public static Backbone load(RunConfig run) {
        Device device = run.device().resolved();
        return in(run.precision().on(device), load(run.backbone(), run.seed(), device));
    }

    /** A backbone brought to a device; the given one is closed. */
    public static Backbone on(Device device, Backbone loaded) {
        if (loaded.device().equals(device)) {
            return loaded;
        }
        try (loaded) {
            return loaded.on(device);
        }
    }

    /** A backbone brought to a precision; the given one is closed. */
    public static Backbone in(Precision precision, Backbone loaded) {
        if (loaded.precision() == precision) {
            return loaded;
        }
        try (loaded) {
            return loaded.in(precision);
        }
    }

    /**
     * The backbone of a config, in main memory.
     *
     * @param seed of random weights, where the config asks for them
     * @throws ConfigException if the variant or the spec is bad
     * @throws DataException if the file does not hold the backbone's weights
     */
    public static Backbone load(BackboneConfig config, long seed) {
        if (config.name().equals(BackboneConfig.BUILTIN) && !config.random()) {
            return builtin(spec -> sized(spec, config));
        }
        if (config.random()) {
            BackboneSpec spec = sized(spec(config), config);
            return BackboneFamily.of(spec).random(config.name(), spec, seed);
        }
        try (BackboneWeights weights = BackboneWeights.open(config.file().orElseThrow())) {
            String name = config.name().equals(BackboneConfig.FROM_FILE) ? weights.variant() : config.name();
            Set<String> stated = config.spec().map(SpecJson::keys).orElse(Set.of());
            BackboneSpec spec = config.spec().map(SpecJson::read).orElseGet(() -> BackboneFamily.published(name));
            BackboneSpec completed = sized(weights.complete(spec, stated), config);
            return load(
                    name,
                    completed,
                    weights.read(name, completed),
                    weights.file().path().toString());
        }
    }

    private static BackboneSpec sized(BackboneSpec spec, BackboneConfig config) {
        try {
            return config.imageSize()
                    .map(size -> spec.forImages(size.height(), size.width()))
                    .orElse(spec);
        } catch (ConfigException e) {
            throw new ConfigException("backbone.imageSize: " + e.getMessage());
        }
    }

    private static BackboneSpec spec(BackboneConfig config) {
        if (config.name().equals(BackboneConfig.BUILTIN)) {
            try (Backbone backbone = builtin()) {
                return backbone.spec();
            }
        }
        return config.spec().map(SpecJson::read).orElseGet(() -> BackboneFamily.published(config.name()));
    }

    /**
     * A backbone from whatever {@link BackboneWeights} reads: a file, an index of several, or a folder. What is taken off,
     * left out, mapped or resized is logged.
     *
     * @throws DataException if the file does not hold exactly its weights; lists what differs
     */
    public static Backbone load(String name, BackboneSpec spec, Path file) {
        return load(name, spec, BackboneWeights.read(name, spec, file), file.toString());
    }

    private static Backbone load(String name, BackboneSpec spec, Map<String, Tensor> tensors, String source) {
        try {
            return BackboneFamily.of(spec).load(name, spec, tensors, source);
        } finally {
            tensors.values().forEach(Tensors::release);
        }
    }

    /**
     * The backbone that a task was trained on.
     *
     * @param task its file
     * @param weights the file of the backbone's weights; empty for the built-in one
     * @throws ConfigException if the backbone is not the built-in one and there is no file
     * @throws DataException if a file is bad
     */
    public static Backbone of(Path task, Optional<Path> weights) {
        BackboneInfo info;
        try (Task read = TaskFile.read(task)) {
            info = read.info().backbone();
        }
        if (weights.isEmpty() && !info.name().equals(BackboneConfig.BUILTIN)) {
            throw new ConfigException(
                    task + " needs the backbone " + info.name() + "; give the file of its weights (--backbone)");
        }
        return weights.map(file -> trained(info, file))
                .orElseGet(() -> builtin(
                        spec -> spec.forImages(info.spec().height(), info.spec().width())));
    }

    private static Backbone trained(BackboneInfo info, Path file) {
        try (BackboneWeights weights = BackboneWeights.open(file)) {
            return load(info.name(), info.spec(), weights.readTrained(info.name(), info.spec()), file.toString());
        }
    }

    /** The small ViT that comes with Inlay, made by {@code configs/run/pretrain-builtin.yaml}. */
    public static Backbone builtin() {
        return builtin(UnaryOperator.identity());
    }

    private static Backbone builtin(UnaryOperator<BackboneSpec> sized) {
        try (InputStream in = Backbones.class.getResourceAsStream(BUILTIN_RESOURCE)) {
            if (in == null) {
                throw new InlayException("the built-in backbone is missing from this build; make it with"
                        + " inlay pretrain configs/run/pretrain-builtin.yaml");
            }
            Path copy = Files.createTempFile("inlay-builtin", ".safetensors");
            try {
                Files.copy(in, copy, StandardCopyOption.REPLACE_EXISTING);
                try (SafeTensorsFile stored = SafeTensorsFile.open(copy)) {
                    BackboneSpec spec = SpecJson.parse(stored.metadata().get(SPEC_KEY), "built-in backbone");
                    BackboneSpec wanted = sized.apply(spec);
                    Map<String, Tensor> tensors = StoredTensors.readAll(stored);
                    Fitting.to(wanted, tensors, BUILTIN_RESOURCE);
                    return load(BackboneConfig.BUILTIN, wanted, tensors, "the built-in backbone");
                }
            } finally {
                Files.delete(copy);
            }
        } catch (IOException e) {
            throw new InlayException("cannot unpack the built-in backbone: " + e, e);
        }
    }
}
