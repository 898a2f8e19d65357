package dev.inlay.data.transform;

import dev.inlay.data.RawImage;

/**
 * TensorFlow 1's {@code resize_bilinear} with corners not aligned, in float32: output pixel i reads the input at
 * i · in / out, between its two neighbours, however much the image shrinks (resize_bilinear_op.cc).
 */
final class Tf1Bilinear {
    private final RawImage image;
    private final float heightScale;
    private final float widthScale;

    /** A view of {@code image} at another size; its samples are computed when asked for. */
    Tf1Bilinear(RawImage image, int height, int width) {
        this.image = image;
        this.heightScale = image.height() / (float) height;
        this.widthScale = image.width() / (float) width;
    }

    /** The sample of channel {@code c} in row {@code y}, column {@code x}, in [0, 255]. */
    float at(int c, int y, int x) {
        float inY = y * heightScale;
        float inX = x * widthScale;
        int top = (int) inY;
        int left = (int) inX;
        int bottom = Math.min(top + 1, image.height() - 1);
        int right = Math.min(left + 1, image.width() - 1);
        float down = inY - top;
        float across = inX - left;
        float upper = sample(top, left, c) + (sample(top, right, c) - sample(top, left, c)) * across;
        float lower = sample(bottom, left, c) + (sample(bottom, right, c) - sample(bottom, left, c)) * across;
        return upper + (lower - upper) * down;
    }

    private float sample(int y, int x, int c) {
        return image.rgb()[(y * image.width() + x) * 3 + c] & 0xff;
    }
}
