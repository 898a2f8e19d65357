package dev.inlay.data.builtin;

/**
 * What an area is covered with: a pattern of two colours, laid over the image.
 *
 * @param pattern how the colours share the area
 * @param first the colour where the pattern is 0
 * @param second the colour where the pattern is 1
 * @param weave size, direction and place of the pattern
 */
public record Surface(Pattern pattern, Colour first, Colour second, Weave weave) {
    /**
     * How a pattern lies in the image.
     *
     * @param periods per image width
     * @param angle in radians by which the pattern is turned
     * @param x where the pattern has its origin, in image widths
     * @param y likewise downwards, in image heights
     * @param warp how far the pattern is bent, in periods; 0 for not at all
     * @param seed of the patterns that have randomness in them, and of the bending
     */
    public record Weave(double periods, double angle, double x, double y, double warp, long seed) {
        /** A weave with a random direction, origin and seed. */
        static Weave any(Dice dice, double periods, double warp) {
            return new Weave(periods, dice.angle(), dice.uniform(), dice.uniform(), warp, dice.bits());
        }
    }

    /** One colour. */
    static Surface plain(Colour colour) {
        return new Surface(Pattern.PLAIN, colour, colour, new Weave(1, 0, 0, 0, 0, 0));
    }

    /** The mean of the two colours. */
    Colour middle() {
        return pattern == Pattern.PLAIN ? first : first.mix(second, 0.5);
    }
}
