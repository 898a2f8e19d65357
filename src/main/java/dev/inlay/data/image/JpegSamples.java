package dev.inlay.data.image;

import dev.inlay.data.RawImage;
import java.awt.image.Raster;
import java.io.IOException;
import javax.imageio.IIOException;
import javax.imageio.ImageReader;

/**
 * JPEG to RGB in libjpeg's arithmetic: the reader hands over the components as stored, and the conversion here follows
 * {@code jdcolor.c}. So an embedded colour profile changes nothing, and CMYK needs no profile.
 */
final class JpegSamples {
    private static final int HALF = 1 << 15;

    private JpegSamples() {}

    /**
     * @param reader holds the file as its input
     * @param file the same file, for its markers
     */
    static RawImage read(ImageReader reader, byte[] file) throws IOException {
        StringBuilder missing = new StringBuilder();
        reader.addIIOReadWarningListener((source, warning) -> {
            // libjpeg fills in grey and goes on; the text is its own, JWRN_HIT_MARKER in jerror.h
            if (warning.contains("premature end")) {
                missing.append(warning);
            }
        });
        Raster raster = reader.readRaster(0, null);
        if (!missing.isEmpty()) {
            throw new IIOException(missing.toString());
        }
        JpegColors colors = JpegColors.of(file, raster.getNumBands());
        return switch (raster.getNumBands()) {
            case 1 -> Samples.bytes(raster);
            case 3 -> colors.luminanceFirst() ? fromYcc(raster) : Samples.bytes(raster);
            case 4 -> fromInvertedCmyk(raster, colors.luminanceFirst());
            default -> throw new IIOException(raster.getNumBands() + " colour components");
        };
    }

    private static RawImage fromYcc(Raster raster) {
        int width = raster.getWidth();
        int height = raster.getHeight();
        byte[] rgb = new byte[width * height * 3];
        byte[] row = new byte[width * 3];
        for (int y = 0; y < height; y++) {
            raster.getDataElements(0, y, width, 1, row);
            for (int x = 0; x < width; x++) {
                yccToRgb(row, x * 3, rgb, (y * width + x) * 3);
            }
        }
        return new RawImage(width, height, rgb);
    }

    /** Four components the way Adobe writes them, inverted; RGB by {@code cmyk2rgb} of Pillow's Convert.c. */
    private static RawImage fromInvertedCmyk(Raster raster, boolean luminanceFirst) {
        int width = raster.getWidth();
        int height = raster.getHeight();
        byte[] rgb = new byte[width * height * 3];
        byte[] row = new byte[width * 4];
        for (int y = 0, to = 0; y < height; y++) {
            raster.getDataElements(0, y, width, 1, row);
            for (int x = 0; x < width; x++, to += 3) {
                if (luminanceFirst) {
                    yccToRgb(row, x * 4, row, x * 4);
                }
                int white = row[x * 4 + 3] & 0xff;
                for (int c = 0; c < 3; c++) {
                    int ink = (255 - (row[x * 4 + c] & 0xff)) * white + 128;
                    rgb[to + c] = (byte) (white - (((ink >> 8) + ink) >> 8));
                }
            }
        }
        return new RawImage(width, height, rgb);
    }

    private static void yccToRgb(byte[] from, int at, byte[] to, int offset) {
        int luminance = from[at] & 0xff;
        int blue = (from[at + 1] & 0xff) - 128;
        int red = (from[at + 2] & 0xff) - 128;
        to[offset] = clip(luminance + ((91881 * red + HALF) >> 16));
        to[offset + 1] = clip(luminance + ((-22554 * blue - 46802 * red + HALF) >> 16));
        to[offset + 2] = clip(luminance + ((116130 * blue + HALF) >> 16));
    }

    private static byte clip(int value) {
        return (byte) Math.max(0, Math.min(255, value));
    }
}
