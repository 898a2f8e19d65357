package dev.inlay.data.transform;

import com.fasterxml.jackson.annotation.JsonProperty;

/** How pixels between pixels are made up. */
public enum Interpolation {
    /** Pillow's BILINEAR: a triangle filter, widened when shrinking (antialiased), 8-bit result. */
    @JsonProperty("bilinear")
    BILINEAR,
    /** Pillow's BICUBIC: Keys' filter with a = -0.5, widened when shrinking (antialiased), 8-bit result. */
    @JsonProperty("bicubic")
    BICUBIC,
    /**
     * TensorFlow 1's {@code resize_bilinear}: no antialiasing, pixel corners instead of centres, float32 result that is
     * not rounded to 8 bits. The way of the VTAB tasks in VPT.
     */
    @JsonProperty("tf1")
    TF1
}
