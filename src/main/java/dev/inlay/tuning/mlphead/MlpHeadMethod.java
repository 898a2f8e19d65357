package dev.inlay.tuning.mlphead;

import dev.inlay.keys.Keys;
import dev.inlay.tuning.RecordMethod;
import dev.inlay.tuning.TuningSpec;

/** Makes {@link MlpHead} known. */
public final class MlpHeadMethod extends RecordMethod {
    /** For the service loader. */
    public MlpHeadMethod() {
        super(MlpHead.METHOD);
    }

    @Override
    public TuningSpec read(Keys keys) {
        return new MlpHead(keys.integer("layers", 3, 1, 100));
    }
}
