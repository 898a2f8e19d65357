package dev.inlay.data.image;

import com.fasterxml.jackson.annotation.JsonProperty;

/** What to do with the orientation that a camera wrote beside its pixels. */
public enum ExifOrientation {
    /** Turn and mirror the image as the camera asks, so that it stands upright. */
    @JsonProperty("apply")
    APPLY,
    /** Take the pixels as they are stored, as Pillow's loader does. */
    @JsonProperty("ignore")
    IGNORE
}
