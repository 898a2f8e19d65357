package dev.inlay.data.image;

import java.awt.image.IndexColorModel;
import java.util.Locale;

/**
 * The colours of classes in masks. The first eight are those of Okabe and Ito ("Color universal design", 2008), which people tell
 * apart with any kind of colour vision, the darkest first; later ones are the same at other lightness.
 */
public final class MaskPalette {
    private static final int[] FIRST = {0x000000, 0xe69f00, 0x56b4e9, 0x009e73, 0xf0e442, 0x0072b2, 0xd55e00, 0xcc79a7};
    private static final int NUMBERS = 256;
    private static final int WHITE = 0xffffff;
    private static final double STEP = 0.45;

    private MaskPalette() {}

    /**
     * The colour of a class, as 0xRRGGBB; white for the number 255, which no class has.
     *
     * @param number of the class, in [0, 255]
     */
    public static int colour(int number) {
        if (number == NUMBERS - 1) {
            return WHITE;
        }
        int colour = FIRST[number % FIRST.length];
        int round = number / FIRST.length;
        if (round == 0) {
            return colour;
        }
        // towards white and black in turn, less far each time; black only towards white
        boolean lighter = round % 2 == 1 || colour == 0;
        return mixed(colour, lighter ? WHITE : 0, STEP / (colour == 0 ? round : (round + 1) / 2));
    }

    /** A colour, 0xRRGGBB, as pages and tables have it: {@code #rrggbb}. */
    public static String text(int colour) {
        return String.format(Locale.ROOT, "#%06x", colour);
    }

    /** A colour with a share of another. */
    static int mixed(int colour, int other, double share) {
        int mixed = 0;
        for (int shift = 16; shift >= 0; shift -= Byte.SIZE) {
            int own = colour >> shift & 0xff;
            int far = other >> shift & 0xff;
            mixed |= (int) Math.round(own + share * (far - own)) << shift;
        }
        return mixed;
    }

    /** All of them, for an indexed image. */
    static IndexColorModel indexed() {
        byte[] red = new byte[NUMBERS];
        byte[] green = new byte[NUMBERS];
        byte[] blue = new byte[NUMBERS];
        for (int number = 0; number < NUMBERS; number++) {
            int colour = colour(number);
            red[number] = (byte) (colour >> 16);
            green[number] = (byte) (colour >> 8);
            blue[number] = (byte) colour;
        }
        return new IndexColorModel(Byte.SIZE, NUMBERS, red, green, blue);
    }
}
