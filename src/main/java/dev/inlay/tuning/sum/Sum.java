package dev.inlay.tuning.sum;

import dev.inlay.tuning.Attachment;
import dev.inlay.tuning.TuningSpec;
import java.util.List;

/**
 * Several methods on one backbone, attached one after the other; where two act at the same place, the earlier acts first.
 *
 * @param parts what is tuned; with none, the head alone
 */
public record Sum(List<TuningSpec> parts) implements TuningSpec {
    /** The name in configs. */
    public static final String METHOD = "sum";

    /** Copies the list. */
    public Sum {
        parts = List.copyOf(parts);
    }

    @Override
    public String method() {
        return METHOD;
    }

    @Override
    public void attach(Attachment attachment) {
        parts.forEach(part -> part.attach(attachment));
    }

    @Override
    public List<TuningSpec> terms() {
        return parts.stream().flatMap(part -> part.terms().stream()).toList();
    }
}
