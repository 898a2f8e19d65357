package dev.inlay.data.builtin;

/**
 * What happens to a scene on its way to the image: light, contrast, blur, noise, in this order.
 *
 * @param lightX by how much brightness changes from the left edge to the right, a fraction
 * @param lightY by how much brightness changes from the top to the bottom, a fraction
 * @param contrast factor on the distance from middle grey
 * @param brightness added to every sample, in units of the full range
 * @param blur standard deviation of the blur, in image widths
 * @param noise standard deviation of the noise of a sample, in units of the full range
 * @param seed of the noise
 */
public record Camera(
        double lightX, double lightY, double contrast, double brightness, double blur, double noise, long seed) {

    /** A camera in ordinary use. */
    static Camera ordinary(Dice dice) {
        return new Camera(
                dice.between(-0.35, 0.35),
                dice.between(-0.35, 0.35),
                dice.between(0.7, 1.1),
                dice.between(-0.08, 0.08),
                dice.chance(0.5) ? 0 : dice.between(0.004, 0.014),
                dice.between(0.005, 0.05),
                dice.bits());
    }

    /** A bad camera in bad light. */
    static Camera poor(Dice dice) {
        return new Camera(
                dice.between(-0.7, 0.7),
                dice.between(-0.7, 0.7),
                dice.between(0.4, 0.7),
                dice.between(-0.15, 0.15),
                dice.between(0.008, 0.025),
                dice.between(0.06, 0.13),
                dice.bits());
    }
}
