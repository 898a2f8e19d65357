package dev.inlay.data.builtin;

/** A range of hues to draw colours from. */
enum Palette {
    /** Red to yellow. */
    WARM(-0.07, 0.16, 0.45),
    /** Green-blue to violet. */
    COLD(0.43, 0.74, 0.45),
    /** Everything, grey too. */
    ANY(0, 1, 0);

    private final double from;
    private final double to;
    private final double leastSaturation;

    Palette(double from, double to, double leastSaturation) {
        this.from = from;
        this.to = to;
        this.leastSaturation = leastSaturation;
    }

    /** A hue of the palette, in turns. */
    double hue(Dice dice) {
        return dice.between(from, to);
    }

    /** A colour of the palette, light or dark. */
    Colour colour(Dice dice) {
        return Colour.hsv(hue(dice), dice.between(leastSaturation, 1), dice.between(0.05, 1));
    }
}
