package dev.inlay.tuning.method;

import dev.inlay.backbone.Backbone;
import dev.inlay.error.ConfigException;
import dev.inlay.keys.Keys;
import dev.inlay.tuning.Attachment;
import dev.inlay.tuning.Trainable.Role;
import dev.inlay.tuning.TuningSpec;
import dev.inlay.tuning.WholeParameters;

/**
 * Trains every parameter of the last blocks and of the norm behind them, on copies named {@code full.<site>}
 * ({@code partial-k} of VPT, arXiv 2203.12119). What merges patches in front of one of the blocks is part of that block.
 *
 * @param blocks how many of the last blocks, k, at least 1
 */
public record Partial(int blocks) implements TuningSpec {
    /** The name in configs. */
    public static final String METHOD = "partial";

    @Override
    public String method() {
        return METHOD;
    }

    @Override
    public void attach(Attachment attachment) {
        Backbone backbone = attachment.backbone();
        int first = backbone.depth() - blocks;
        if (first < 0) {
            throw new ConfigException("method.blocks: " + backbone.name() + " has " + backbone.depth()
                    + " blocks, found " + blocks + "; lower it, or use the method full");
        }
        backbone.tunableParameters().stream()
                .filter(tunable -> backbone.step(tunable) > first)
                .forEach(tunable -> WholeParameters.tune(attachment, tunable, Role.BACKBONE));
    }

    /** The method as it is found. */
    public static final class Method implements ConfigurableMethod {
        @Override
        public String name() {
            return METHOD;
        }

        @Override
        public TuningSpec read(Keys keys) {
            return new Partial(keys.integer("blocks", 1, 1, 1000));
        }
    }
}
