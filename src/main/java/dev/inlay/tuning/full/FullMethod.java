package dev.inlay.tuning.full;

import dev.inlay.tuning.MethodWithoutSettings;

/** Makes {@link Full} known. */
public final class FullMethod extends MethodWithoutSettings {
    /** For the service loader. */
    public FullMethod() {
        super(new Full());
    }
}
