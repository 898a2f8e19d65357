package dev.inlay.plan;

/** Which forms of tuning a plan may use. */
public enum AllocationMode {
    /** Modules and whole vectors where a tensor passes its threshold, individual weights elsewhere. */
    BOTH,
    /** Modules and whole vectors only; a tensor below its threshold stays frozen. */
    STRUCTURED_ONLY,
    /** Individual weights only: no modules and no whole vectors. */
    UNSTRUCTURED_ONLY
}
