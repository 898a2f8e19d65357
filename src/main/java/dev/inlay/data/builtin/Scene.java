package dev.inlay.data.builtin;

import dev.inlay.data.Mask;
import dev.inlay.data.RawImage;
import java.util.List;
import java.util.function.ToIntFunction;

/**
 * All there is to see in an image, as numbers: what a label can be checked against, and what is drawn.
 *
 * @param ground what fills the image
 * @param clutter things behind the bodies, in drawing order, that say nothing about the label
 * @param bodies what the label is about, in drawing order
 * @param occluders things in front of the bodies, in drawing order
 * @param camera how the image is taken
 */
public record Scene(Surface ground, List<Body> clutter, List<Body> bodies, List<Body> occluders, Camera camera) {
    /** Copies the lists. */
    public Scene {
        clutter = List.copyOf(clutter);
        bodies = List.copyOf(bodies);
        occluders = List.copyOf(occluders);
    }

    /**
     * Draws the scene; equal at every call.
     *
     * @param size width and height in pixels, at least 1
     */
    public RawImage draw(int size) {
        Canvas canvas = new Canvas(size);
        canvas.cover(ground);
        clutter.forEach(canvas::add);
        bodies.forEach(canvas::add);
        occluders.forEach(canvas::add);
        return canvas.photograph(camera);
    }

    /**
     * Says what each pixel shows; equal at every call.
     *
     * @param size width and height in pixels, at least 1
     * @param number of a body, 0 to 255; ground, clutter and occluders are 0
     */
    Mask mask(int size, ToIntFunction<Body> number) {
        Canvas canvas = new Canvas(size);
        byte[] numbers = new byte[size * size];
        bodies.forEach(body -> canvas.number(body, number.applyAsInt(body), numbers));
        occluders.forEach(body -> canvas.number(body, 0, numbers));
        return new Mask(size, size, numbers);
    }
}
