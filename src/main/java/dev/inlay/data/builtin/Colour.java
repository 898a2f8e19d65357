package dev.inlay.data.builtin;

/**
 * A colour, its components proportional to 8-bit samples.
 *
 * @param red 0 … 1
 * @param green 0 … 1
 * @param blue 0 … 1
 */
public record Colour(double red, double green, double blue) {
    /**
     * The colour of a hue, saturation and value (Smith: "Color gamut transform pairs", SIGGRAPH 1978).
     *
     * @param hue in turns: 0 red, 1/3 green, 2/3 blue; any real number
     * @param saturation 0 (grey) … 1
     * @param value 0 (black) … 1
     */
    public static Colour hsv(double hue, double saturation, double value) {
        return new Colour(
                channel(hue, saturation, value, 0),
                channel(hue, saturation, value, -1 / 3.0),
                channel(hue, saturation, value, 1 / 3.0));
    }

    private static double channel(double hue, double saturation, double value, double shift) {
        double turn = hue + shift - Math.floor(hue + shift);
        double away = Math.min(turn, 1 - turn);
        return value * (1 - saturation * Math.max(0, Math.min(1, 6 * away - 1)));
    }

    /** {@code 1 - t} parts of this colour and {@code t} parts of another. */
    public Colour mix(Colour other, double t) {
        return new Colour(
                red + t * (other.red - red), green + t * (other.green - green), blue + t * (other.blue - blue));
    }

    /** The Euclidean distance in the unit cube, 0 … √3. */
    public double distance(Colour other) {
        double r = red - other.red;
        double g = green - other.green;
        double b = blue - other.blue;
        return Math.sqrt(r * r + g * g + b * b);
    }
}
