package dev.inlay.fuzz;

/**
 * A damaged file that was not taken as it should be.
 *
 * @param target the format
 * @param what happened
 * @param bytes the file
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record Finding(String target, String what, byte[] bytes) {}
