package dev.inlay.data.loading;

import com.fasterxml.jackson.annotation.JsonProperty;

/** What an image that cannot be decoded does to a run. */
public enum OnBadImage {
    /** The run stops before training with a list of all of them. */
    @JsonProperty("fail")
    FAIL,
    /** The run goes on without them and reports how many there were, unless a class is left without any. */
    @JsonProperty("skip")
    SKIP
}
