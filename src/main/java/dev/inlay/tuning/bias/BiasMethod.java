package dev.inlay.tuning.bias;

import dev.inlay.tuning.MethodWithoutSettings;

/** Makes {@link Bias} known. */
public final class BiasMethod extends MethodWithoutSettings {
    /** For the service loader. */
    public BiasMethod() {
        super(new Bias());
    }
}
