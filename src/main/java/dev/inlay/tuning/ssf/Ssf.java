package dev.inlay.tuning.ssf;

import dev.inlay.backbone.Place;
import dev.inlay.tuning.Attachment;
import dev.inlay.tuning.TuningSpec;
import dev.inlay.tuning.Where;
import java.util.List;
import java.util.Set;

/**
 * Scales and shifts what leaves every linear product, every normalisation and the patch embedding: y ← γ ⊙ y + β (Lian et
 * al., arXiv 2210.08823, equation 2). Trainables are {@code ssf.<place>.scale} and {@code .shift} (out): 2 · out
 * parameters a place.
 *
 * @param init where γ and β start
 * @param operations behind which operations, query, key and value apart; all if empty
 * @param blocks in which blocks, negative from the end; all, and what is outside of the blocks, if empty
 */
public record Ssf(Init init, List<String> operations, List<Integer> blocks) implements TuningSpec {
    /** The name in configs. */
    public static final String METHOD = "ssf";

    private static final Set<Place.Kind> KINDS = Set.of(Place.Kind.PATCHES, Place.Kind.NORM, Place.Kind.LINEAR);
    private static final double STD = 0.02;

    /** Where scales and shifts start. */
    public enum Init {
        /** γ = 1, β = 0: nothing changes before the first step. */
        IDENTITY,
        /** γ from N(1, 0.02²), β from N(0, 0.02²), as published; what the backbone computes changes at once. */
        RANDOM
    }

    /** Copies the lists. */
    public Ssf {
        operations = List.copyOf(operations);
        blocks = List.copyOf(blocks);
    }

    @Override
    public String method() {
        return METHOD;
    }

    @Override
    public void attach(Attachment attachment) {
        for (Place place : new Where(operations, blocks).among(attachment.backbone(), KINDS, METHOD)) {
            String name = METHOD + "." + place.name();
            double std = init == Init.RANDOM ? STD : 0;
            attachment.output(place.name(), ScaleAndShift.trainable(attachment, name, place.out(), std));
        }
    }
}
