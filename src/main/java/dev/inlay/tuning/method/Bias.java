package dev.inlay.tuning.method;

import dev.inlay.keys.Keys;
import dev.inlay.tuning.Attachment;
import dev.inlay.tuning.TuningSpec;
import dev.inlay.tuning.WholeParameters;

/**
 * Trains every bias of the backbone: of linear layers, normalisations and the patch embedding (BitFit, Ben Zaken et
 * al., arXiv 2106.10199; {@code tinytl-bias} of VPT). Trainables are named {@code full.<site>}.
 */
public record Bias() implements TuningSpec {
    /** The name in configs. */
    public static final String METHOD = "bias";

    @Override
    public String method() {
        return METHOD;
    }

    @Override
    public void attach(Attachment attachment) {
        WholeParameters.tune(attachment, METHOD, "a bias", tunable -> tunable.isBias());
    }

    /** The method as it is found. */
    public static final class Method implements ConfigurableMethod {
        @Override
        public String name() {
            return METHOD;
        }

        @Override
        public TuningSpec read(Keys keys) {
            return new Bias();
        }
    }
}
