package dev.inlay;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.ser.std.StdSerializer;
import dev.inlay.config.RunConfig;
import dev.inlay.error.ConfigException;
import dev.inlay.record.RunRecord;
import dev.inlay.train.RunObserver;
import dev.inlay.tuning.TuningSpec;
import dev.inlay.tuning.method.ConfigurableMethod;
import dev.inlay.tuning.method.TuningMethod;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * A config built in Java: {@code Tune.on(weights).photos(folder).with(Lora.rank(8)).run(out)}. It has the keys and defaults of
 * {@code docs/config.md}; relative paths start at the working folder. Without {@link #with} the method is SPT. A value never
 * changes: each call returns another one.
 */
public final class Tune {
    private static final JsonMapper JSON = JsonMapper.builder()
            .addModule(new SimpleModule().addSerializer(new AbsolutePaths()))
            .build();

    private final ObjectNode settings;

    private Tune(ObjectNode settings) {
        this.settings = settings;
    }

    /** Returns a config that tunes the small backbone that comes with Inlay, on a built-in task unless images are given. */
    public static Tune onBuiltin() {
        return new Tune(JSON.createObjectNode()).set("backbone.name", "builtin");
    }

    /**
     * Returns a config that tunes the network in a file.
     *
     * @param weights a checkpoint in a format of {@code docs/checkpoints.md} whose tensors say which network it is
     */
    public static Tune on(Path weights) {
        return new Tune(JSON.createObjectNode()).set("backbone.file", weights);
    }

    /**
     * Returns a config that tunes a published network.
     *
     * @param weights a checkpoint in a format of {@code docs/checkpoints.md}
     * @param name the network's name in timm
     */
    public static Tune on(Path weights, String name) {
        return on(weights).set("backbone.name", name);
    }

    /**
     * Returns this config with images of its own.
     *
     * @param folder has a folder for each class, perhaps below folders of splits
     */
    public Tune photos(Path folder) {
        return set("data.type", "folder").set("data.root", folder);
    }

    /**
     * Returns this config with another method.
     *
     * @param method such as {@code Lora.rank(8)}
     * @throws ConfigException if the method is none that a config can name
     */
    public Tune with(TuningSpec method) {
        if (!(TuningMethod.all().get(method.method()) instanceof ConfigurableMethod known)) {
            throw new ConfigException("a config cannot name the method " + method.method());
        }
        ObjectNode keys = known.store(method).json().deepCopy();
        return set("method", keys.put("type", method.method()));
    }

    /**
     * Returns this config with another setting.
     *
     * @param key as in {@code docs/config.md}, such as {@code train.epochs}; a whole section such as {@code data}, too
     * @param value a number, a flag, a text, a {@link Path}, or a list or map of these
     */
    public Tune set(String key, Object value) {
        ObjectNode changed = settings.deepCopy();
        ObjectNode section = changed;
        String[] names = key.split("\\.");
        for (int i = 0; i < names.length - 1; i++) {
            section = section.get(names[i]) instanceof ObjectNode below ? below : section.putObject(names[i]);
        }
        section.set(names[names.length - 1], JSON.<JsonNode>valueToTree(value));
        return new Tune(changed);
    }

    /**
     * Returns the config with all defaults filled in.
     *
     * @throws ConfigException that lists every problem, if there is any
     */
    public RunConfig config() {
        return RunConfig.parse(settings.toString(), Path.of("").toAbsolutePath(), List.of());
    }

    /**
     * Runs the config, or resumes it where an earlier process left off.
     *
     * @param out the run's folder: {@code task.safetensors}, {@code metrics.json}, {@code report.html}
     * @return what {@code metrics.json} holds
     * @throws dev.inlay.error.InlayException saying what is wrong and what to do
     */
    public RunRecord run(Path out) {
        return Inlay.tune(config(), out);
    }

    /**
     * Runs the config while somebody watches.
     *
     * @param out the run's folder
     * @param watching who watches
     * @return what {@code metrics.json} holds
     * @throws dev.inlay.error.InlayException saying what is wrong and what to do
     */
    public RunRecord run(Path out, RunObserver watching) {
        return Inlay.tune(config(), out, watching);
    }

    /** Returns what was set, as a config in JSON. */
    @Override
    public String toString() {
        return settings.toPrettyString();
    }

    private static final class AbsolutePaths extends StdSerializer<Path> {
        private static final long serialVersionUID = 1;

        AbsolutePaths() {
            super(Path.class);
        }

        @Override
        public void serialize(Path path, JsonGenerator json, SerializerProvider provider) throws IOException {
            json.writeString(path.toAbsolutePath().toString());
        }
    }
}
