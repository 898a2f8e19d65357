package dev.inlay.tuning.convpass;

import dev.inlay.keys.Keys;
import dev.inlay.tuning.RecordMethod;
import dev.inlay.tuning.TuningSpec;
import dev.inlay.tuning.Where;

/** Makes {@link Convpass} known. */
public final class ConvpassMethod extends RecordMethod {
    /** For the service loader. */
    public ConvpassMethod() {
        super(Convpass.METHOD);
    }

    @Override
    public TuningSpec read(Keys keys) {
        return new Convpass(
                keys.integer("hidden", 8, 1, 1024),
                keys.number("scale", 1, 1e-6, 1e6),
                keys.number("dropout", 0, 0, 0.99),
                Where.readBlocks(keys));
    }
}
