package dev.inlay.tuning.dora;

import dev.inlay.keys.Keys;
import dev.inlay.tuning.RecordMethod;
import dev.inlay.tuning.TuningSpec;
import dev.inlay.tuning.Where;
import java.util.List;

/** Makes {@link Dora} known. */
public final class DoraMethod extends RecordMethod {
    /** For the service loader. */
    public DoraMethod() {
        super(Dora.METHOD);
    }

    @Override
    public TuningSpec read(Keys keys) {
        int rank = keys.integer("rank", 8, 1, 4096);
        return new Dora(
                rank,
                keys.number("alpha", rank, 1e-6, 1e6),
                keys.number("dropout", 0, 0, 0.99),
                keys.texts("operations", List.of("attn.q", "attn.v")),
                Where.readBlocks(keys));
    }
}
