package dev.inlay.tuning.classtoken;

import dev.inlay.keys.Keys;
import dev.inlay.tuning.RecordMethod;
import dev.inlay.tuning.TuningSpec;

/** Makes {@link ClassToken} known. */
public final class ClassTokenMethod extends RecordMethod {
    /** For the service loader. */
    public ClassTokenMethod() {
        super(ClassToken.METHOD);
    }

    @Override
    public TuningSpec read(Keys keys) {
        return new ClassToken(keys.flag("reinit", false));
    }
}
