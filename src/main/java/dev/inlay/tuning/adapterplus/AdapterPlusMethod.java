package dev.inlay.tuning.adapterplus;

import dev.inlay.keys.Keys;
import dev.inlay.tuning.RecordMethod;
import dev.inlay.tuning.TuningSpec;
import dev.inlay.tuning.Where;

/** Makes {@link AdapterPlus} known. */
public final class AdapterPlusMethod extends RecordMethod {
    /** For the service loader. */
    public AdapterPlusMethod() {
        super(AdapterPlus.METHOD);
    }

    @Override
    public TuningSpec read(Keys keys) {
        return new AdapterPlus(
                keys.integer("bottleneck", 8, 1, 4096), keys.number("dropPath", 0, 0, 0.99), Where.readBlocks(keys));
    }
}
