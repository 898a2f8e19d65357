package dev.inlay.data.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.inlay.data.Images;
import dev.inlay.data.RawImage;
import dev.inlay.error.DataException;
import java.awt.color.ColorSpace;
import java.awt.color.ICC_Profile;
import java.awt.image.BufferedImage;
import java.awt.image.DataBuffer;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ImageDecoderTest {
    private static final Path RESOURCES = Path.of("src/test/resources/images");
    private static final ImageDecoder AS_STORED = new ImageDecoder(ExifOrientation.IGNORE);
    private static final ImageDecoder UPRIGHT = new ImageDecoder(ExifOrientation.APPLY);
    private static final int APP1 = 0xE1;
    private static final int APP2 = 0xE2;
    private static final int APP14 = 0xEE;

    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"png", "bmp"})
    void losslessFormatsKeepEveryPixel(String format) {
        BufferedImage image = Images.gradient(13, 9, BufferedImage.TYPE_INT_RGB);
        RawImage decoded = AS_STORED.decode(Images.encode(image, format), "image");
        assertThat(decoded.width()).isEqualTo(13);
        assertThat(decoded.height()).isEqualTo(9);
        assertPixels(decoded, image);
    }

    @Test
    void gifIsItsFirstFrame() {
        BufferedImage image = new BufferedImage(11, 6, BufferedImage.TYPE_BYTE_INDEXED);
        image.setRGB(4, 3, 0xffff0000);
        assertPixels(AS_STORED.decode(Images.encode(image, "gif"), "image"), image);
    }

    @Test
    void losslessWebpKeepsEveryPixelAndDropsAlpha() {
        RawImage decoded = AS_STORED.decode(RESOURCES.resolve("lossless_7x5.webp"));
        assertThat(decoded.width()).isEqualTo(7);
        assertThat(decoded.height()).isEqualTo(5);
        for (int y = 0; y < 5; y++) {
            for (int x = 0; x < 7; x++) {
                assertThat(pixel(decoded, x, y)).containsExactly(x * 36, y * 60, x * y * 9 % 256);
            }
        }
    }

    @Test
    void lossyWebpIsWhatPillowDecodes() {
        RawImage decoded = AS_STORED.decode(RESOURCES.resolve("lossy_64x48.webp"));
        RawImage expected = AS_STORED.decode(RESOURCES.resolve("lossy_64x48.decoded.png"));
        assertThat(decoded.rgb()).isEqualTo(expected.rgb());
    }

    @Test
    void greyIsRepeatedAsStoredAndNotGammaCorrected() {
        BufferedImage grey = new BufferedImage(7, 6, BufferedImage.TYPE_BYTE_GRAY);
        grey.getRaster().setSample(2, 1, 0, 100);
        for (String format : new String[] {"png", "bmp", "gif"}) {
            RawImage decoded = AS_STORED.decode(Images.encode(grey, format), format);
            assertThat(pixel(decoded, 2, 1)).as(format).containsExactly(100, 100, 100);
            assertThat(pixel(decoded, 0, 0)).as(format).containsExactly(0, 0, 0);
        }
        WritableRaster flat = Raster.createInterleavedRaster(DataBuffer.TYPE_BYTE, 8, 8, 1, null);
        fill(flat, 100);
        assertThat(pixel(AS_STORED.decode(Images.rawJpeg(flat), "jpeg"), 3, 3)).containsExactly(100, 100, 100);
    }

    @Test
    void blackAndWhiteImagesHaveTwoLevels() {
        BufferedImage image = new BufferedImage(9, 3, BufferedImage.TYPE_BYTE_BINARY);
        image.getRaster().setSample(8, 2, 0, 1);
        RawImage decoded = AS_STORED.decode(Images.encode(image, "png"), "image");
        assertThat(pixel(decoded, 8, 2)).containsExactly(255, 255, 255);
        assertThat(pixel(decoded, 7, 2)).containsExactly(0, 0, 0);
    }

    @Test
    void palettesAreLookedUpAndTheirTransparencyDropped() {
        byte[] red = {10, (byte) 200};
        byte[] green = {20, (byte) 150};
        byte[] blue = {30, 60};
        byte[] alpha = {0, (byte) 255};
        IndexColorModel palette = new IndexColorModel(8, 2, red, green, blue, alpha);
        BufferedImage image = new BufferedImage(4, 4, BufferedImage.TYPE_BYTE_INDEXED, palette);
        image.getRaster().setSample(1, 2, 0, 1);
        RawImage decoded = AS_STORED.decode(Images.encode(image, "png"), "image");
        assertThat(pixel(decoded, 1, 2)).containsExactly(200, 150, 60);
        assertThat(pixel(decoded, 0, 0)).containsExactly(10, 20, 30);
    }

    @Test
    void alphaIsDroppedAndNotBlended() {
        BufferedImage image = new BufferedImage(3, 3, BufferedImage.TYPE_INT_ARGB);
        image.setRGB(1, 1, 0x20c86432);
        image.setRGB(2, 2, 0x00102030);
        RawImage decoded = AS_STORED.decode(Images.encode(image, "png"), "image");
        assertThat(pixel(decoded, 1, 1)).containsExactly(200, 100, 50);
        assertThat(pixel(decoded, 2, 2)).containsExactly(16, 32, 48);
    }

    @Test
    void sixteenBitGreyKeepsItsHighByte() {
        BufferedImage image = new BufferedImage(3, 3, BufferedImage.TYPE_USHORT_GRAY);
        image.getRaster().setSample(1, 1, 0, 0xC8F0);
        assertThat(pixel(AS_STORED.decode(Images.encode(image, "png"), "image"), 1, 1))
                .containsExactly(200, 200, 200);
    }

    @Test
    void sixteenBitRgbKeepsItsHighBytes() {
        RawImage decoded = AS_STORED.decode(sixteenBitRgbPng(0xC8F0, 0x6401, 0x32FF), "image");
        assertThat(pixel(decoded, 0, 0)).containsExactly(200, 100, 50);
    }

    @Test
    void fiveSixFiveBmpIsSpreadToEightBits() {
        BufferedImage image = new BufferedImage(4, 4, BufferedImage.TYPE_USHORT_565_RGB);
        image.setRGB(1, 1, 0xffffffff);
        RawImage decoded = AS_STORED.decode(Images.encode(image, "bmp"), "image");
        assertThat(pixel(decoded, 1, 1)).containsExactly(255, 255, 255);
        assertThat(pixel(decoded, 0, 1)).containsExactly(0, 0, 0);
    }

    /** Pillow's inversion of four-component JPEGs and its {@code cmyk2rgb}, by hand; OpenCV rounds in another way. */
    @Test
    void cmykAndYcckJpegsBecomeRgb() {
        WritableRaster flat = Raster.createInterleavedRaster(DataBuffer.TYPE_BYTE, 16, 16, 4, null);
        fill(flat, 200, 100, 50, 240);
        byte[] jpeg = Images.rawJpeg(flat);
        assertOneOff(AS_STORED.decode(jpeg, "no marker"), 188, 94, 47);
        assertOneOff(AS_STORED.decode(adobe(jpeg, 0), "CMYK"), 188, 94, 47);
        assertOneOff(AS_STORED.decode(adobe(jpeg, 2), "YCCK"), 154, 0, 99);
    }

    private static void assertOneOff(RawImage image, int... expected) {
        int[] pixel = pixel(image, 5, 5);
        for (int c = 0; c < 3; c++) {
            assertThat(pixel[c]).as("channel " + c).isBetween(expected[c] - 1, expected[c] + 1);
        }
    }

    @Test
    void threeComponentsOfAJpegAreRgbOnlyIfItSaysSo() {
        WritableRaster flat = Raster.createInterleavedRaster(DataBuffer.TYPE_BYTE, 16, 16, 3, null);
        fill(flat, 200, 100, 50);
        byte[] jpeg = Images.rawJpeg(flat);
        int[] fromYcc = {91, 255, 150};
        assertThat(pixel(AS_STORED.decode(adobe(jpeg, 0), "RGB"), 5, 5)).containsExactly(200, 100, 50);
        assertThat(pixel(AS_STORED.decode(adobe(jpeg, 1), "YCbCr"), 5, 5)).containsExactly(fromYcc);
        assertThat(pixel(AS_STORED.decode(jpeg, "no marker"), 5, 5)).containsExactly(fromYcc);
    }

    @Test
    void colourProfilesAreNotApplied() throws IOException {
        byte[] jpeg = Images.encode(Images.gradient(32, 24, BufferedImage.TYPE_INT_RGB), "jpeg");
        ByteArrayOutputStream segment = new ByteArrayOutputStream();
        segment.writeBytes("ICC_PROFILE\0\1\1".getBytes(StandardCharsets.US_ASCII));
        segment.writeBytes(ICC_Profile.getInstance(ColorSpace.CS_LINEAR_RGB).getData());
        RawImage with = AS_STORED.decode(Images.withSegment(jpeg, APP2, segment.toByteArray()), "profile");
        assertThat(with.rgb()).isEqualTo(AS_STORED.decode(jpeg, "plain").rgb());
    }

    /** The corner that each orientation brings to the top left, as x and y of the stored 8 x 16 image. */
    @ParameterizedTest
    @CsvSource({"1,0,0", "2,7,0", "3,7,15", "4,0,15", "5,0,0", "6,0,15", "7,7,15", "8,7,0"})
    void orientationIsAppliedOrIgnored(int tag, int x, int y) {
        byte[] upright = Images.encode(Images.gradient(8, 16, BufferedImage.TYPE_INT_RGB), "jpeg");
        byte[] turned = Images.withSegment(upright, APP1, exif(tag));
        RawImage stored = AS_STORED.decode(turned, "stored");
        assertThat(stored.rgb()).isEqualTo(AS_STORED.decode(upright, "upright").rgb());

        RawImage applied = UPRIGHT.decode(turned, "applied");
        assertThat(applied.width()).isEqualTo(tag >= 5 ? 16 : 8);
        assertThat(pixel(applied, 0, 0)).containsExactly(pixel(stored, x, y));
        int acrossX = tag >= 5 ? x : x + (x == 0 ? 1 : -1);
        int acrossY = tag >= 5 ? y + (y == 0 ? 1 : -1) : y;
        assertThat(pixel(applied, 1, 0)).containsExactly(pixel(stored, acrossX, acrossY));
    }

    @Test
    void nonsenseOrientationIsIgnored() {
        byte[] jpeg = Images.encode(Images.gradient(8, 16, BufferedImage.TYPE_INT_RGB), "jpeg");
        assertThat(UPRIGHT.decode(Images.withSegment(jpeg, APP1, exif(9)), "image")
                        .width())
                .isEqualTo(8);
        byte[] broken = Arrays.copyOf(exif(6), 12);
        assertThat(UPRIGHT.decode(Images.withSegment(jpeg, APP1, broken), "image")
                        .width())
                .isEqualTo(8);
    }

    @ParameterizedTest
    @ValueSource(strings = {"jpeg", "png", "bmp", "gif"})
    void truncatedFilesAreNamed(String format) {
        byte[] whole = Images.encode(Images.gradient(64, 48, BufferedImage.TYPE_INT_RGB), format);
        for (double share : new double[] {0.02, 0.4, 0.7, 0.9}) {
            Path file = Images.write(folder.resolve("cut." + format), Images.firstPart(whole, share));
            assertThatThrownBy(() -> AS_STORED.decode(file))
                    .as("%s of %s", share, format)
                    .isInstanceOf(DataException.class)
                    .hasMessageStartingWith(file + ": ");
        }
    }

    @Test
    void truncatedWebpIsNamed() throws IOException {
        byte[] whole = Files.readAllBytes(RESOURCES.resolve("lossy_64x48.webp"));
        assertThatThrownBy(() -> AS_STORED.decode(Images.firstPart(whole, 0.5), "cut.webp"))
                .isInstanceOf(DataException.class)
                .hasMessageStartingWith("cut.webp: cannot be decoded");
    }

    @Test
    void aJpegThatLacksOnlyItsEndMarkerIsTruncatedAsInPillowAndWholeOnceThatIsAccepted() {
        byte[] whole = Images.encode(Images.gradient(64, 48, BufferedImage.TYPE_INT_RGB), "jpeg");
        byte[] cut = Arrays.copyOf(whole, whole.length - 2);
        assertThatThrownBy(() -> AS_STORED.decode(cut, "image"))
                .hasMessage("image: cannot be decoded, it is truncated or damaged (its end is missing); repair it, or"
                        + " have training use what is there (data.truncatedImages: accept)");
        TruncatedImages accepted = TruncatedImages.accept();
        ImageDecoder decoder = new ImageDecoder(ExifOrientation.IGNORE, ImageLimits.DEFAULT, accepted);
        assertThat(decoder.decode(cut, "image").rgb())
                .isEqualTo(AS_STORED.decode(whole, "whole").rgb());
        assertThat(accepted.names()).containsExactly("image");
    }

    @Test
    void damagedFilesAreNamedAndNeverACrash() {
        for (String format : new String[] {"jpeg", "png", "bmp", "gif"}) {
            byte[] plain = Images.encode(Images.gradient(32, 24, BufferedImage.TYPE_INT_RGB), format);
            byte[] whole = format.equals("jpeg") ? Images.withSegment(plain, APP1, exif(6)) : plain;
            for (int at = 0; at < whole.length; at += 3) {
                byte[] damaged = whole.clone();
                damaged[at] ^= 0x5a;
                try {
                    UPRIGHT.decode(damaged, "damaged");
                } catch (DataException e) {
                    assertThat(e).hasMessageStartingWith("damaged: ");
                }
            }
        }
    }

    @Test
    void filesThatAreNoImagesAreNamed() {
        Path text = Images.write(folder.resolve("notes.jpg"), "no image at all");
        Path empty = Images.write(folder.resolve("empty.png"), new byte[0]);
        Path missing = folder.resolve("missing.png");
        assertThatThrownBy(() -> AS_STORED.decode(text))
                .hasMessage(text + ": not an image in a known format (JPEG, PNG, WebP, TIFF, BMP, GIF)");
        assertThatThrownBy(() -> AS_STORED.decode(empty)).hasMessage(empty + ": the file is empty");
        assertThatThrownBy(() -> AS_STORED.decode(missing))
                .hasMessage(missing + ": cannot be read: there is no such file or folder");
    }

    @Test
    void tooManyPixelsAreRefusedBeforeTheyAreAllocated() {
        byte[] bomb = pngHeader(100_000, 100_000);
        assertThatThrownBy(() -> AS_STORED.decode(bomb, "bomb.png"))
                .isInstanceOf(DataException.class)
                .hasMessage("bomb.png: 100000 x 100000 pixels are more than the limit of 100000000; make the image"
                        + " smaller");
        byte[] small = Images.encode(Images.gradient(11, 10, BufferedImage.TYPE_INT_RGB), "png");
        assertThatThrownBy(() -> new ImageDecoder(ExifOrientation.IGNORE, ImageLimits.DEFAULT.withMaxPixels(109))
                        .decode(small, "p"))
                .hasMessageContaining("11 x 10 pixels are more than the limit of 109");
    }

    private static void assertPixels(RawImage actual, BufferedImage expected) {
        for (int y = 0; y < expected.getHeight(); y++) {
            for (int x = 0; x < expected.getWidth(); x++) {
                int rgb = expected.getRGB(x, y);
                assertThat(pixel(actual, x, y)).containsExactly(rgb >> 16 & 255, rgb >> 8 & 255, rgb & 255);
            }
        }
    }

    private static int[] pixel(RawImage image, int x, int y) {
        int at = (y * image.width() + x) * 3;
        return new int[] {image.rgb()[at] & 255, image.rgb()[at + 1] & 255, image.rgb()[at + 2] & 255};
    }

    private static void fill(WritableRaster raster, int... pixel) {
        for (int y = 0; y < raster.getHeight(); y++) {
            for (int x = 0; x < raster.getWidth(); x++) {
                raster.setPixel(x, y, pixel);
            }
        }
    }

    private static byte[] adobe(byte[] jpeg, int transform) {
        byte[] data = {'A', 'd', 'o', 'b', 'e', 0, 100, 0, 0, 0, 0, (byte) transform};
        return Images.withSegment(jpeg, APP14, data);
    }

    /** An EXIF block, big-endian, with the orientation as its only tag. */
    private static byte[] exif(int orientation) {
        return ByteBuffer.allocate(32)
                .put("Exif\0\0MM\0*".getBytes(StandardCharsets.US_ASCII))
                .putInt(8)
                .putShort((short) 1)
                .putShort((short) 0x0112)
                .putShort((short) 3)
                .putInt(1)
                .putShort((short) orientation)
                .putShort((short) 0)
                .putInt(0)
                .array();
    }

    private static byte[] pngHeader(int width, int height) {
        ByteArrayOutputStream png = new ByteArrayOutputStream();
        png.writeBytes(new byte[] {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'});
        chunk(
                png,
                "IHDR",
                ByteBuffer.allocate(13)
                        .putInt(width)
                        .putInt(height)
                        .put((byte) 8)
                        .put((byte) 2)
                        .array());
        chunk(png, "IDAT", new byte[] {0x78, (byte) 0x9c});
        return png.toByteArray();
    }

    /** A PNG of one 16-bit pixel. */
    private static byte[] sixteenBitRgbPng(int red, int green, int blue) {
        byte[] row = ByteBuffer.allocate(7)
                .put((byte) 0)
                .putShort((short) red)
                .putShort((short) green)
                .putShort((short) blue)
                .array();
        Deflater deflater = new Deflater();
        deflater.setInput(row);
        deflater.finish();
        byte[] compressed = new byte[64];
        compressed = Arrays.copyOf(compressed, deflater.deflate(compressed));
        deflater.end();
        ByteArrayOutputStream png = new ByteArrayOutputStream();
        png.writeBytes(new byte[] {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'});
        chunk(
                png,
                "IHDR",
                ByteBuffer.allocate(13)
                        .putInt(1)
                        .putInt(1)
                        .put((byte) 16)
                        .put((byte) 2)
                        .array());
        chunk(png, "IDAT", compressed);
        chunk(png, "IEND", new byte[0]);
        return png.toByteArray();
    }

    private static void chunk(ByteArrayOutputStream png, String type, byte[] data) {
        ByteBuffer body = ByteBuffer.allocate(4 + data.length)
                .put(type.getBytes(StandardCharsets.US_ASCII))
                .put(data);
        CRC32 crc = new CRC32();
        crc.update(body.array());
        png.writeBytes(ByteBuffer.allocate(4).putInt(data.length).array());
        png.writeBytes(body.array());
        png.writeBytes(ByteBuffer.allocate(4).putInt((int) crc.getValue()).array());
    }
}
