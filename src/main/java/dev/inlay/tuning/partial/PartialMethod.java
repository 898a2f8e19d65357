package dev.inlay.tuning.partial;

import dev.inlay.keys.Keys;
import dev.inlay.tuning.RecordMethod;
import dev.inlay.tuning.TuningSpec;

/** Makes {@link Partial} known. */
public final class PartialMethod extends RecordMethod {
    /** For the service loader. */
    public PartialMethod() {
        super(Partial.METHOD);
    }

    @Override
    public TuningSpec read(Keys keys) {
        return new Partial(keys.integer("blocks", 1, 1, 1000));
    }
}
