package dev.inlay.tuning.adapter;

import dev.inlay.keys.Keys;
import dev.inlay.tuning.Activation;
import dev.inlay.tuning.RecordMethod;
import dev.inlay.tuning.TuningSpec;
import dev.inlay.tuning.Where;

/** Makes {@link Adapter} known. */
public final class AdapterMethod extends RecordMethod {
    /** For the service loader. */
    public AdapterMethod() {
        super(Adapter.METHOD);
    }

    @Override
    public TuningSpec read(Keys keys) {
        return new Adapter(
                keys.choice("placement", Adapter.Placement.PFEIFFER),
                keys.integer("bottleneck", 8, 1, 4096),
                keys.choice("activation", Activation.GELU),
                keys.number("scale", 1, 1e-6, 1e6),
                keys.number("dropout", 0, 0, 0.99),
                Where.readBlocks(keys));
    }
}
