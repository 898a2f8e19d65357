package dev.inlay.tuning.lora;

import dev.inlay.keys.Keys;
import dev.inlay.tuning.RecordMethod;
import dev.inlay.tuning.TuningSpec;
import dev.inlay.tuning.Where;
import java.util.List;

/** Makes {@link Lora} known. */
public final class LoraMethod extends RecordMethod {
    /** For the service loader. */
    public LoraMethod() {
        super(Lora.METHOD);
    }

    @Override
    public TuningSpec read(Keys keys) {
        int rank = keys.integer("rank", 8, 1, 4096);
        return new Lora(
                rank,
                keys.number("alpha", rank, 1e-6, 1e6),
                keys.number("dropout", 0, 0, 0.99),
                keys.texts("operations", List.of("attn.q", "attn.v")),
                Where.readBlocks(keys));
    }
}
