package dev.inlay.tuning.ssf;

import dev.inlay.keys.Keys;
import dev.inlay.tuning.RecordMethod;
import dev.inlay.tuning.TuningSpec;
import dev.inlay.tuning.Where;
import java.util.List;

/** Makes {@link Ssf} known. */
public final class SsfMethod extends RecordMethod {
    /** For the service loader. */
    public SsfMethod() {
        super(Ssf.METHOD);
    }

    @Override
    public TuningSpec read(Keys keys) {
        return new Ssf(
                keys.choice("init", Ssf.Init.IDENTITY), keys.texts("operations", List.of()), Where.readBlocks(keys));
    }
}
