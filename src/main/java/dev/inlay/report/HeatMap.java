package dev.inlay.report;

import java.awt.image.BufferedImage;

/**
 * A map over an image, in colours that people with any kind of colour vision tell apart: from dark blue for the least of its
 * values to bright yellow for the largest.
 *
 * @param height rows of cells
 * @param width cells in a row
 * @param values (height, width), row by row
 */
@SuppressWarnings("ArrayRecordComponent") // made for one reader, never compared
public record HeatMap(int height, int width, float[] values) {
    private static final int[][] RAMP = {{0x0b, 0x2a, 0x6b}, {0x7d, 0x7c, 0x78}, {0xff, 0xe0, 0x4a}};
    private static final double OPACITY = 0.6;

    /** Checks that there is a value for each cell. */
    public HeatMap {
        if (values.length != height * width || values.length == 0) {
            throw new IllegalArgumentException(
                    "expected " + height + " x " + width + " values, found " + values.length);
        }
    }

    /** The colours from the least value to the largest, for a style sheet. */
    static String gradient() {
        StringBuilder colours = new StringBuilder("linear-gradient(90deg");
        for (int[] colour : RAMP) {
            colours.append(String.format(", #%02x%02x%02x", colour[0], colour[1], colour[2]));
        }
        return colours.append(')').toString();
    }

    /** The image in grey under the map, whose cells are spread over all of it. */
    BufferedImage over(BufferedImage image) {
        float least = Float.POSITIVE_INFINITY;
        float largest = Float.NEGATIVE_INFINITY;
        for (float value : values) {
            least = Math.min(least, value);
            largest = Math.max(largest, value);
        }
        float range = largest > least ? largest - least : 1;
        BufferedImage over = new BufferedImage(image.getWidth(), image.getHeight(), BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < image.getHeight(); y++) {
            for (int x = 0; x < image.getWidth(); x++) {
                double value = at((y + 0.5) / image.getHeight(), (x + 0.5) / image.getWidth());
                over.setRGB(x, y, mixed(image.getRGB(x, y), (value - least) / range));
            }
        }
        return over;
    }

    /** The value at a place of the image, in (0, 1) down and across: between the centres of cells, in proportion. */
    private double at(double down, double across) {
        double row = Math.max(0, Math.min(height - 1.0, down * height - 0.5));
        double column = Math.max(0, Math.min(width - 1.0, across * width - 0.5));
        int top = (int) row;
        int left = (int) column;
        int bottom = Math.min(top + 1, height - 1);
        int right = Math.min(left + 1, width - 1);
        double below = row - top;
        double beside = column - left;
        return (1 - below) * ((1 - beside) * values[top * width + left] + beside * values[top * width + right])
                + below * ((1 - beside) * values[bottom * width + left] + beside * values[bottom * width + right]);
    }

    private static int mixed(int rgb, double part) {
        double grey = 0.299 * (rgb >> 16 & 0xff) + 0.587 * (rgb >> 8 & 0xff) + 0.114 * (rgb & 0xff);
        double at = part * (RAMP.length - 1);
        int from = Math.min((int) at, RAMP.length - 2);
        int mixed = 0;
        for (int c = 0; c < 3; c++) {
            double colour = RAMP[from][c] + (at - from) * (RAMP[from + 1][c] - RAMP[from][c]);
            mixed = mixed << 8 | (int) Math.round(OPACITY * colour + (1 - OPACITY) * grey);
        }
        return mixed;
    }
}
