package dev.inlay.tuning.linear;

import dev.inlay.tuning.Attachment;
import dev.inlay.tuning.TuningSpec;

/** Trains the head alone. */
public record Linear() implements TuningSpec {
    /** The name in configs. */
    public static final String METHOD = "linear";

    @Override
    public String method() {
        return METHOD;
    }

    @Override
    public void attach(Attachment attachment) {}
}
