package dev.inlay.tuning.linear;

import dev.inlay.tuning.MethodWithoutSettings;

/** Makes {@link Linear} known. */
public final class LinearMethod extends MethodWithoutSettings {
    /** For the service loader. */
    public LinearMethod() {
        super(new Linear());
    }
}
