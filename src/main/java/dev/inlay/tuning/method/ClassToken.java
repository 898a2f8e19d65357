package dev.inlay.tuning.method;

import dev.inlay.backbone.TunableParameter;
import dev.inlay.keys.Keys;
import dev.inlay.tensor.Device;
import dev.inlay.tensor.Tensors;
import dev.inlay.tuning.Attachment;
import dev.inlay.tuning.Initial;
import dev.inlay.tuning.Trainable.Role;
import dev.inlay.tuning.TuningSpec;
import dev.inlay.tuning.WholeParameters;
import org.bytedeco.pytorch.Tensor;

/**
 * Trains the class token, on a copy named {@code full.<site>} ({@code cls} and {@code cls-reinit} of VPT's published
 * code): D parameters.
 *
 * @param reinit whether it starts from N(0, (10⁻⁶)²) instead of the backbone's value, which changes what the backbone
 *     computes before the first step
 */
public record ClassToken(boolean reinit) implements TuningSpec {
    /** The name in configs. */
    public static final String METHOD = "classToken";

    private static final double REINIT_STD = 1e-6;

    @Override
    public String method() {
        return METHOD;
    }

    @Override
    public void attach(Attachment attachment) {
        for (TunableParameter tunable :
                WholeParameters.among(attachment.backbone(), METHOD, "a class token", ClassToken::isClassToken)) {
            if (reinit) {
                float[] values = Initial.normal(attachment.init().at(tunable.name()), tunable.size(), 0, REINIT_STD);
                try (Tensor fresh = Device.CPU.of(values, Tensors.shape(WholeParameters.frozen(attachment, tunable)))) {
                    WholeParameters.tune(attachment, tunable, fresh, Role.CLASS_TOKEN);
                }
            } else {
                WholeParameters.tune(attachment, tunable, Role.CLASS_TOKEN);
            }
        }
    }

    private static boolean isClassToken(TunableParameter tunable) {
        return tunable.kind() == TunableParameter.Kind.CLASS_TOKEN;
    }

    /** The method as it is found. */
    public static final class Method implements ConfigurableMethod {
        @Override
        public String name() {
            return METHOD;
        }

        @Override
        public TuningSpec read(Keys keys) {
            return new ClassToken(keys.flag("reinit", false));
        }
    }
}
