package dev.inlay.inference;

import dev.inlay.data.Mask;
import java.util.Arrays;

/**
 * How well the outlines of a class are met (boundary F, Csurka et al. 2013: "What is a good evaluation measure for semantic
 * segmentation?"): the harmonic mean of the share of predicted outline that has a true one within a distance, and of the share of
 * true outline that has a predicted one. An outline is the pixels of the class with one of another class above, below or beside
 * them; pixels that do not count have none and make none.
 */
final class BoundaryScore {
    /** The distance, as a share of the image's diagonal. */
    private static final double DISTANCE = 0.0075;

    private BoundaryScore() {}

    /**
     * The score of a class in an image.
     *
     * @param truth the true classes
     * @param predicted of the same size
     * @param number of the class
     * @param ignored the number of true pixels that do not count
     * @return in [0, 1]; NaN if neither has an outline of the class
     */
    static double of(Mask truth, Mask predicted, int number, int ignored) {
        boolean[] real = outline(truth, truth, number, ignored);
        boolean[] said = outline(predicted, truth, number, ignored);
        double within = Math.max(1, DISTANCE * Math.hypot(truth.width(), truth.height()));
        double precision = share(said, real, truth.width(), within);
        double recall = share(real, said, truth.width(), within);
        if (Double.isNaN(precision) && Double.isNaN(recall)) {
            return Double.NaN;
        }
        return precision > 0 && recall > 0 ? 2 * precision * recall / (precision + recall) : 0;
    }

    private static boolean[] outline(Mask mask, Mask truth, int number, int ignored) {
        int width = mask.width();
        int height = mask.height();
        boolean[] outline = new boolean[width * height];
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                outline[y * width + x] = mask.at(y, x) == number
                        && truth.at(y, x) != ignored
                        && (isOther(mask, truth, y - 1, x, number, ignored)
                                || isOther(mask, truth, y + 1, x, number, ignored)
                                || isOther(mask, truth, y, x - 1, number, ignored)
                                || isOther(mask, truth, y, x + 1, number, ignored));
            }
        }
        return outline;
    }

    private static boolean isOther(Mask mask, Mask truth, int y, int x, int number, int ignored) {
        return y >= 0
                && y < mask.height()
                && x >= 0
                && x < mask.width()
                && truth.at(y, x) != ignored
                && mask.at(y, x) != number;
    }

    /** The share of some pixels that has others within a distance; NaN of none. */
    private static double share(boolean[] of, boolean[] others, int width, double within) {
        int reach = (int) Math.floor(within);
        int height = of.length / width;
        int[] across = across(others, width);
        long all = 0;
        long near = 0;
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                if (of[y * width + x]) {
                    all++;
                    near += isNear(across, width, y, x, reach, within) ? 1 : 0;
                }
            }
        }
        return all == 0 ? Double.NaN : (double) near / all;
    }

    /** Whether one of the rows around has a pixel within the distance. */
    private static boolean isNear(int[] across, int width, int y, int x, int reach, double within) {
        int last = across.length / width - 1;
        for (int row = Math.max(0, y - reach); row <= Math.min(last, y + reach); row++) {
            long down = (long) row - y;
            long aside = across[row * width + x];
            if (down * down + aside * aside <= within * within) {
                return true;
            }
        }
        return false;
    }

    /** How far the nearest pixel of the same row is. */
    private static int[] across(boolean[] pixels, int width) {
        int[] distance = new int[pixels.length];
        Arrays.fill(distance, pixels.length);
        for (int row = 0; row < pixels.length; row += width) {
            int since = pixels.length;
            for (int x = 0; x < width; x++) {
                since = pixels[row + x] ? 0 : since + 1;
                distance[row + x] = since;
            }
            since = pixels.length;
            for (int x = width - 1; x >= 0; x--) {
                since = pixels[row + x] ? 0 : since + 1;
                distance[row + x] = Math.min(distance[row + x], since);
            }
        }
        return distance;
    }
}
