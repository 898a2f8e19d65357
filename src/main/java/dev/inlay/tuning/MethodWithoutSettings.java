package dev.inlay.tuning;

import dev.inlay.keys.Keys;

/** A method whose specs are all equal, because there is nothing to set. */
public abstract class MethodWithoutSettings extends RecordMethod {
    private final TuningSpec spec;

    /**
     * @param spec the only one
     */
    protected MethodWithoutSettings(TuningSpec spec) {
        super(spec.method());
        this.spec = spec;
    }

    @Override
    public final TuningSpec read(Keys keys) {
        return spec;
    }
}
