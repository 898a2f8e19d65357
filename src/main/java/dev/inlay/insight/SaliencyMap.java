package dev.inlay.insight;

import java.util.Arrays;

/**
 * How much each patch of an image mattered.
 *
 * @param kind how that was found
 * @param height rows of patches
 * @param width patches in a row
 * @param values (height, width), row by row, at least 0; only their proportions mean something
 */
@SuppressWarnings("ArrayRecordComponent") // made for one reader, never compared
public record SaliencyMap(Kind kind, int height, int width, float[] values) {
    /** How a map was found. */
    public enum Kind {
        /** By attention, through all blocks: {@link AttentionRollout}. */
        ATTENTION_ROLLOUT,
        /** By the gradient of the predicted class: {@link ClassActivation}. */
        GRAD_CAM
    }

    /** Checks that there is a value for each patch. */
    public SaliencyMap {
        if (values.length != height * width) {
            throw new IllegalArgumentException(
                    "expected " + height + " x " + width + " values, found " + values.length);
        }
    }

    @Override
    public String toString() {
        return kind + " " + height + " x " + width + " " + Arrays.toString(values);
    }
}
