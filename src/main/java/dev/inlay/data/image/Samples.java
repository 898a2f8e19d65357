package dev.inlay.data.image;

import dev.inlay.data.RawImage;
import java.awt.image.BufferedImage;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.Raster;

/** The samples of an image as stored, without the colour conversion that {@link BufferedImage#getRGB} does for grey. */
final class Samples {
    private Samples() {}

    static RawImage toRgb(BufferedImage image) {
        boolean perBand = image.getColorModel() instanceof ComponentColorModel;
        int type = image.getRaster().getTransferType();
        if (perBand && type == DataBuffer.TYPE_BYTE) {
            return bytes(image.getRaster());
        }
        if (perBand && type == DataBuffer.TYPE_USHORT) {
            return highBytes(image.getRaster());
        }
        return packed(image);
    }

    /** Grey, grey with alpha, RGB or RGB with alpha, 8 bits a sample. */
    private static RawImage bytes(Raster raster) {
        int width = raster.getWidth();
        int height = raster.getHeight();
        int bands = raster.getNumBands();
        byte[] rgb = new byte[width * height * 3];
        byte[] row = new byte[width * bands];
        for (int y = 0, to = 0; y < height; y++) {
            raster.getDataElements(raster.getMinX(), raster.getMinY() + y, width, 1, row);
            for (int x = 0; x < width; x++) {
                for (int c = 0; c < 3; c++) {
                    rgb[to++] = row[x * bands + band(bands, c)];
                }
            }
        }
        return new RawImage(width, height, rgb);
    }

    /** The same with 16 bits a sample. */
    private static RawImage highBytes(Raster raster) {
        int width = raster.getWidth();
        int height = raster.getHeight();
        int bands = raster.getNumBands();
        byte[] rgb = new byte[width * height * 3];
        short[] row = new short[width * bands];
        for (int y = 0, to = 0; y < height; y++) {
            raster.getDataElements(raster.getMinX(), raster.getMinY() + y, width, 1, row);
            for (int x = 0; x < width; x++) {
                for (int c = 0; c < 3; c++) {
                    rgb[to++] = (byte) (row[x * bands + band(bands, c)] >>> 8);
                }
            }
        }
        return new RawImage(width, height, rgb);
    }

    /** Palettes and samples packed into one integer, always sRGB in Java. */
    private static RawImage packed(BufferedImage image) {
        int width = image.getWidth();
        int height = image.getHeight();
        byte[] rgb = new byte[width * height * 3];
        int[] row = new int[width];
        for (int y = 0, to = 0; y < height; y++) {
            image.getRGB(0, y, width, 1, row, 0, width);
            for (int pixel : row) {
                rgb[to++] = (byte) (pixel >> 16);
                rgb[to++] = (byte) (pixel >> 8);
                rgb[to++] = (byte) pixel;
            }
        }
        return new RawImage(width, height, rgb);
    }

    /** Ink as a TIFF stores it, 0 for none, 8 or 16 bits; RGB by {@code cmyk2rgb} of Pillow's Convert.c. */
    static RawImage cmyk(Raster raster) throws DamagedImageException {
        int bands = raster.getNumBands();
        if (bands < 4) {
            throw new DamagedImageException(bands + " inks");
        }
        int width = raster.getWidth();
        int height = raster.getHeight();
        int shift = raster.getTransferType() == DataBuffer.TYPE_USHORT ? 8 : 0;
        byte[] rgb = new byte[width * height * 3];
        int[] row = new int[width * bands];
        for (int y = 0, to = 0; y < height; y++) {
            raster.getPixels(raster.getMinX(), raster.getMinY() + y, width, 1, row);
            for (int x = 0; x < width; x++) {
                int white = 255 - (row[x * bands + 3] >> shift);
                for (int c = 0; c < 3; c++) {
                    int ink = (row[x * bands + c] >> shift) * white + 128;
                    rgb[to++] = (byte) (white - (((ink >> 8) + ink) >> 8));
                }
            }
        }
        return new RawImage(width, height, rgb);
    }

    private static int band(int bands, int channel) {
        return bands < 3 ? 0 : channel;
    }
}
