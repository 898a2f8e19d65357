package dev.inlay.tuning.method;

import dev.inlay.keys.Keys;
import dev.inlay.tuning.Attachment;
import dev.inlay.tuning.Trainable.Kind;
import dev.inlay.tuning.Trainable.Role;
import dev.inlay.tuning.TuningSpec;
import dev.inlay.tuning.WholeParameters;
import java.util.LinkedHashMap;
import java.util.Map;

/** Trains every parameter of the backbone, on a copy of it. */
public record FullFineTuning() implements TuningSpec {
    /** The name in configs. */
    public static final String METHOD = "full";

    @Override
    public String method() {
        return METHOD;
    }

    @Override
    public void attach(Attachment attachment) {
        Map<String, Kind> kinds = new LinkedHashMap<>();
        attachment.backbone().tunableParameters().forEach(tunable -> kinds.put(tunable.parameter(), Kind.of(tunable)));
        attachment
                .backbone()
                .parameters()
                .forEach((name, base) -> attachment.parameter(
                        name,
                        attachment.trainable(WholeParameters.PREFIX + name, base, Role.BACKBONE, kinds.get(name))));
    }

    /** The method as it is found. */
    public static final class Method implements ConfigurableMethod {
        @Override
        public String name() {
            return METHOD;
        }

        @Override
        public TuningSpec read(Keys keys) {
            return new FullFineTuning();
        }
    }
}
