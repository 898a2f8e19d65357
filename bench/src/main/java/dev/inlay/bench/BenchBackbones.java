package dev.inlay.bench;

import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.BackboneFamily;
import dev.inlay.backbone.BackboneSpec;
import dev.inlay.backbone.SpecJson;
import dev.inlay.error.ConfigException;
import dev.inlay.keys.Keys;
import dev.inlay.tensor.Precision;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Backbones with random weights. */
public final class BenchBackbones {
    private static final long SEED = 0;
    private static final Path PROCESSORS = Path.of("/proc/cpuinfo");
    private static final Pattern HAS_BF16 = Pattern.compile("(flags|Features)\\s*:.* (avx512_bf16|amx_bf16|bf16)\\b.*");

    private BenchBackbones() {}

    /**
     * Returns a backbone with random weights, always the same.
     *
     * @param name timm's name of a published variant, or the JSON of a spec
     * @throws ConfigException if it is neither
     */
    public static Backbone random(String name) {
        BackboneSpec spec = name.startsWith("{")
                ? SpecJson.parse(name, "the backbone of a case")
                : BackboneFamily.published().get(name);
        if (spec == null) {
            throw new ConfigException("no published backbone is called '" + name + "'; docs/backbones.md lists them");
        }
        return BackboneFamily.of(spec).random(name.startsWith("{") ? "custom" : name, spec, SEED);
    }
    /** Returns the backbone of {@link #random(String)} computing in a precision. */
    static Backbone random(String name, Precision precision) {
        if (precision != Precision.FLOAT32) {
            throw new UnsupportedOperationException("no backbone computes in " + Keys.word(precision));
        }
        return random(name);
    }

    /** Returns the precisions that this CPU has products of its own for. */
    static List<Precision> precisions() {
        try (Stream<String> lines = Files.lines(PROCESSORS)) {
            return lines.anyMatch(HAS_BF16.asMatchPredicate())
                    ? List.of(Precision.values())
                    : List.of(Precision.FLOAT32);
        } catch (IOException e) {
            return List.of(Precision.FLOAT32); // not Linux, or no Linux that tells
        }
    }
}
