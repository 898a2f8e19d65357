package dev.inlay.config;

/** Whether quirks of the method's first code are reproduced. */
public enum Compat {
    /** The correct behaviour. */
    NONE,
    /** The behaviour of the code published with the method's paper, so that its numbers can be reproduced. */
    SEED
}
