package dev.inlay.tuning.method;

import dev.inlay.keys.Keys;
import dev.inlay.tuning.Attachment;
import dev.inlay.tuning.TuningSpec;

/** Trains the linear head. */
public record HeadOnly() implements TuningSpec {
    /** The name in configs. */
    public static final String METHOD = "linear";

    @Override
    public String method() {
        return METHOD;
    }

    @Override
    public void attach(Attachment attachment) {}

    /** The method as it is found. */
    public static final class Method implements ConfigurableMethod {
        @Override
        public String name() {
            return METHOD;
        }

        @Override
        public TuningSpec read(Keys keys) {
            return new HeadOnly();
        }
    }
}
