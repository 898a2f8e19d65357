package dev.inlay.data.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.inlay.data.Mask;
import dev.inlay.error.DataException;
import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.awt.image.WritableRaster;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.stream.Stream;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageTypeSpecifier;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A mask has the numbers that its file stores, whatever they look like. */
class MaskTest {
    private static final int WIDTH = 13;
    private static final int HEIGHT = 9;
    private static final ImageDecoder DECODER = new ImageDecoder(ExifOrientation.APPLY);

    static Stream<Arguments> stored() {
        return Stream.of(1, 2, 4, 8).flatMap(bits -> Stream.of(true, false)
                .flatMap(indexed -> Stream.of(true, false).map(interlaced -> Arguments.of(bits, indexed, interlaced))));
    }

    @ParameterizedTest(name = "{0} bits, indexed {1}, interlaced {2}")
    @MethodSource("stored")
    void numbersAreThoseThatAreStored(int bits, boolean indexed, boolean interlaced) throws IOException {
        byte[] values = numbers(1 << bits);

        Mask mask = DECODER.mask(png(image(values, bits, indexed), interlaced), "mask");

        assertEquals(WIDTH, mask.width());
        assertEquals(HEIGHT, mask.height());
        assertArrayEquals(values, mask.values());
        assertEquals(values[WIDTH + 2] & 0xff, mask.at(1, 2));
    }

    @Test
    void pixelsThatAreNotOneNumberAreRefused() throws IOException {
        for (int type : new int[] {BufferedImage.TYPE_INT_RGB, BufferedImage.TYPE_INT_ARGB}) {
            byte[] coloured = png(new BufferedImage(WIDTH, HEIGHT, type), false);
            DataException refused = assertThrows(DataException.class, () -> DECODER.mask(coloured, "m.png"));
            assertEquals(
                    "m.png: expected a PNG with one number of at most 8 bits per pixel, indexed or grey, found one with"
                            + " colours or alpha; where colours stand for classes, set data.colours",
                    refused.getMessage());
        }
        byte[] deep = png(new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_USHORT_GRAY), false);
        DataException refused = assertThrows(DataException.class, () -> DECODER.mask(deep, "m.png"));
        assertTrue(refused.getMessage().endsWith("found one of 16 bits"), refused.getMessage());
    }

    @ParameterizedTest
    @ValueSource(strings = {"jpg", "bmp", "gif"})
    void otherFormatsAreRefusedByName(String format) throws IOException {
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        ImageIO.write(new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_BYTE_GRAY), format, file);
        DataException refused = assertThrows(DataException.class, () -> DECODER.mask(file.toByteArray(), "m"));
        assertTrue(refused.getMessage().startsWith("m: expected a PNG"), refused.getMessage());
    }

    @Test
    void aTruncatedMaskIsRefusedWithoutAdviceForImages() throws IOException {
        byte[] whole = png(image(numbers(256), 8, false), false);
        byte[] cut = Arrays.copyOf(whole, whole.length / 2);
        DataException refused = assertThrows(DataException.class, () -> DECODER.mask(cut, "m.png"));
        assertTrue(refused.getMessage().startsWith("m.png: cannot be decoded, it is truncated"), refused.getMessage());
        assertTrue(!refused.getMessage().contains("truncatedImages"), refused.getMessage());
    }

    /** Every number below a bound, mixed. */
    private static byte[] numbers(int bound) {
        byte[] values = new byte[WIDTH * HEIGHT];
        for (int i = 0; i < values.length; i++) {
            values[i] = (byte) (i * 37 % bound);
        }
        return values;
    }

    private static BufferedImage image(byte[] values, int bits, boolean indexed) {
        BufferedImage image;
        int size = 1 << bits;
        byte[] red = new byte[size];
        byte[] green = new byte[size];
        byte[] blue = new byte[size];
        for (int i = 0; i < size; i++) {
            red[i] = (byte) (indexed ? 255 - i * 7 : i * 255 / (size - 1));
            green[i] = indexed ? (byte) (i * 31) : red[i];
            blue[i] = indexed ? (byte) 9 : red[i];
        }
        if (indexed) {
            IndexColorModel palette = new IndexColorModel(bits, size, red, green, blue);
            image = ImageTypeSpecifier.createIndexed(red, green, blue, null, bits, java.awt.image.DataBuffer.TYPE_BYTE)
                    .createBufferedImage(WIDTH, HEIGHT);
            assertEquals(palette.getMapSize(), ((IndexColorModel) image.getColorModel()).getMapSize());
        } else {
            image = ImageTypeSpecifier.createGrayscale(bits, java.awt.image.DataBuffer.TYPE_BYTE, false)
                    .createBufferedImage(WIDTH, HEIGHT);
        }
        WritableRaster raster = image.getRaster();
        for (int i = 0; i < values.length; i++) {
            raster.setSample(i % WIDTH, i / WIDTH, 0, values[i] & 0xff);
        }
        return image;
    }

    private static byte[] png(BufferedImage image, boolean interlaced) throws IOException {
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        ImageWriter writer = ImageIO.getImageWritersByFormatName("png").next();
        try (ImageOutputStream out = ImageIO.createImageOutputStream(file)) {
            writer.setOutput(out);
            ImageWriteParam options = writer.getDefaultWriteParam();
            options.setProgressiveMode(interlaced ? ImageWriteParam.MODE_DEFAULT : ImageWriteParam.MODE_DISABLED);
            writer.write(null, new IIOImage(image, null, null), options);
        } finally {
            writer.dispose();
        }
        return file.toByteArray();
    }
}
