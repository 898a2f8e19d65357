package dev.inlay.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.image.BufferedImage;
import org.junit.jupiter.api.Test;

/** Values become colours between which every kind of colour vision tells: lighter and more yellow the larger they are. */
class HeatMapTest {
    private static BufferedImage image(int width, int height, int rgb) {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                image.setRGB(x, y, rgb);
            }
        }
        return image;
    }

    private static double luminance(int rgb) {
        return 0.2126 * (rgb >> 16 & 0xff) + 0.7152 * (rgb >> 8 & 0xff) + 0.0722 * (rgb & 0xff);
    }

    @Test
    void largerValuesAreLighter() {
        BufferedImage over = new HeatMap(1, 3, new float[] {-1, 0, 5}).over(image(90, 10, 0x808080));
        for (int x = 1; x < 90; x++) {
            assertThat(luminance(over.getRGB(x, 5))).isGreaterThanOrEqualTo(luminance(over.getRGB(x - 1, 5)));
        }
        assertThat(luminance(over.getRGB(89, 5)) - luminance(over.getRGB(0, 5))).isGreaterThan(80);
    }

    @Test
    void rowsAndColumnsKeepTheirPlaces() {
        BufferedImage over = new HeatMap(2, 2, new float[] {0, 0, 1, 0}).over(image(40, 20, 0));
        assertThat(luminance(over.getRGB(2, 18))).isGreaterThan(luminance(over.getRGB(37, 18)) + 50);
        assertThat(luminance(over.getRGB(2, 18))).isGreaterThan(luminance(over.getRGB(2, 1)) + 50);
        assertThat(over.getRGB(2, 1)).isEqualTo(over.getRGB(37, 1));
    }

    @Test
    void ofEqualValuesNothingStandsOut() {
        BufferedImage over = new HeatMap(2, 2, new float[] {3, 3, 3, 3}).over(image(4, 4, 0xffffff));
        assertThat(over.getRGB(0, 0)).isEqualTo(over.getRGB(3, 3));
        assertThatThrownBy(() -> new HeatMap(2, 2, new float[3])).hasMessage("expected 2 x 2 values, found 3");
    }
}
