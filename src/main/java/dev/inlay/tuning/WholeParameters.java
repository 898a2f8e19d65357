package dev.inlay.tuning;

import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.TunableParameter;
import dev.inlay.error.ConfigException;
import dev.inlay.tuning.Trainable.Kind;
import dev.inlay.tuning.Trainable.Role;
import java.util.List;
import java.util.function.Predicate;
import org.bytedeco.pytorch.Tensor;

/** Tunes whole parameters, each on a copy named {@code full.<site>}. */
public final class WholeParameters {
    /** What the names of the trainables start with; the name of the tunable parameter follows. */
    public static final String PREFIX = "full.";

    private WholeParameters() {}

    /**
     * Trains one tunable parameter, starting from its frozen value.
     *
     * @param part what it counts as
     */
    public static void tune(Attachment attachment, TunableParameter tunable, Role part) {
        tune(attachment, tunable, frozen(attachment, tunable), part);
    }

    /**
     * Trains one tunable parameter.
     *
     * @param initial its value before training, of the tunable parameter's shape
     * @param part what it counts as
     */
    public static void tune(Attachment attachment, TunableParameter tunable, Tensor initial, Role part) {
        Tensor own = attachment.trainable(PREFIX + tunable.name(), initial, part, Kind.of(tunable));
        attachment.value(tunable, base -> own);
    }

    /**
     * Trains every tunable parameter that fits.
     *
     * @param method whose tunable parameters they are, for errors
     * @param what a tunable parameter of theirs, for errors
     * @throws ConfigException if there is none
     */
    public static void tune(Attachment attachment, String method, String what, Predicate<TunableParameter> which) {
        among(attachment.backbone(), method, what, which).forEach(tunable -> tune(attachment, tunable, part(tunable)));
    }

    /**
     * Every tunable parameter that fits.
     *
     * @param method whose tunable parameters they are, for errors
     * @param what a tunable parameter of theirs, for errors
     * @throws ConfigException if there is none
     */
    public static List<TunableParameter> among(
            Backbone backbone, String method, String what, Predicate<TunableParameter> which) {
        List<TunableParameter> tunables =
                backbone.tunableParameters().stream().filter(which).toList();
        if (tunables.isEmpty()) {
            throw new ConfigException("method " + method + " needs " + what + ", and the backbone " + backbone.name()
                    + " has none; use another method");
        }
        return tunables;
    }

    /** The frozen value of a site: a view of its rows of the parameter, in the caller's scope. */
    public static Tensor frozen(Attachment attachment, TunableParameter tunable) {
        return attachment
                .backbone()
                .parameters()
                .get(tunable.parameter())
                .narrow(0, tunable.firstRow(), tunable.rows());
    }

    private static Role part(TunableParameter tunable) {
        return switch (tunable.kind()) {
            case VECTOR, POSITION_BIAS -> Role.VECTOR;
            case CLASS_TOKEN -> Role.CLASS_TOKEN;
            case MATRIX, PATCH_FILTERS, DEPTHWISE_FILTERS, POSITION_TABLE, TOKENS ->
                tunable.isBias() ? Role.VECTOR : Role.BACKBONE;
        };
    }
}
