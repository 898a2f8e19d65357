package dev.inlay.config;

/** A named set of defaults; keys given in the config win over it. */
public enum Recipe {
    /** Inlay's own defaults. */
    NONE,
    /** The settings of the code published with SPT (arXiv 2303.08566) for VTAB-1k. */
    SPT,
    /** The settings of the code published with VPT (arXiv 2203.12119) for prompts. */
    VPT
}
