package dev.inlay.tuning.pad;

import dev.inlay.keys.Keys;
import dev.inlay.tuning.RecordMethod;
import dev.inlay.tuning.TuningSpec;

/** Makes {@link Pad} known. */
public final class PadMethod extends RecordMethod {
    /** For the service loader. */
    public PadMethod() {
        super(Pad.METHOD);
    }

    @Override
    public TuningSpec read(Keys keys) {
        return new Pad(keys.integer("pixels", 5, 1, 1024), keys.choice("init", Pad.Init.UNIFORM));
    }
}
