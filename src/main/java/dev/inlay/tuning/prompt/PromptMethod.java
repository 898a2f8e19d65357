package dev.inlay.tuning.prompt;

import dev.inlay.keys.Keys;
import dev.inlay.tuning.RecordMethod;
import dev.inlay.tuning.TuningSpec;
import dev.inlay.tuning.Where;

/** Makes {@link Prompt} known. */
public final class PromptMethod extends RecordMethod {
    /** For the service loader. */
    public PromptMethod() {
        super(Prompt.METHOD);
    }

    @Override
    public TuningSpec read(Keys keys) {
        return new Prompt(
                keys.choice("depth", Prompt.Depth.DEEP),
                keys.integer("tokens", 10, 1, 4096),
                keys.number("dropout", 0, 0, 0.99),
                keys.integer("project", 0, 0, 4096),
                keys.flag("shared", false),
                Where.readBlocks(keys),
                keys.choice("pool", Prompt.Pool.CLASS_TOKEN));
    }
}
