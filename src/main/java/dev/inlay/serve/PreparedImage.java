package dev.inlay.serve;

/**
 * An image that is ready for the backbone.
 *
 * @param pixels normalised, (3, H, W) row-major, of the backbone's size
 * @param height that it came with, in pixels
 * @param width that it came with, in pixels
 */
@SuppressWarnings("ArrayRecordComponent") // made for one reader, never compared
record PreparedImage(float[] pixels, int height, int width) {}
