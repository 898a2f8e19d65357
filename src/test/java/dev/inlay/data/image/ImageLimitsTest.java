package dev.inlay.data.image;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import dev.inlay.data.Images;
import dev.inlay.data.RawImage;
import dev.inlay.error.DataException;
import dev.inlay.golden.Golden;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.Callable;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Small files that ask for much: bounded before a decoder sees them. */
class ImageLimitsTest {
    private static final Path CORPUS = Path.of("src/test/resources/images/corpus");
    private static final ImageDecoder DECODER = new ImageDecoder(ExifOrientation.APPLY);
    private static final int AFTER_HEADER = 33;
    private static final long MAX_BYTES = 20L << 20;

    private static byte[] corpus(String name) throws IOException {
        return Files.readAllBytes(CORPUS.resolve(name));
    }

    /** Runs something that may not allocate more than 20 MB in the heap. */
    private static <T> T frugally(Callable<T> call) throws Exception {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        try {
            return call.call();
        } finally {
            assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(MAX_BYTES);
        }
    }

    private static void assertRefused(ImageDecoder decoder, byte[] file, String message) throws Exception {
        frugally(() -> {
            assertThatThrownBy(() -> decoder.decode(file, "bomb"))
                    .isInstanceOf(DataException.class)
                    .hasMessage("bomb: " + message);
            return null;
        });
    }

    /** The last scan so often. */
    private static byte[] withScans(byte[] jpeg, int times) {
        String text = new String(jpeg, ISO_8859_1);
        String scan = text.substring(text.lastIndexOf("\u00ff\u00da"), text.length() - 2);
        return (text.substring(0, text.length() - 2) + scan.repeat(times) + "\u00ff\u00d9").getBytes(ISO_8859_1);
    }

    @Test
    void aJpegOfManyScansIsRefused() throws Exception {
        byte[] bomb = withScans(corpus("progressive.jpg"), 2000);
        assertRefused(DECODER, bomb, "more than the limit of 100 scans; save the image anew");
        assertThat(DECODER.decode(withScans(corpus("progressive.jpg"), 50), "many")
                        .width())
                .isEqualTo(29);
    }

    @Test
    void scansOfALargeJpegMayNotVisitMoreThanThePixelsThatAreAllowed() throws Exception {
        byte[] jpeg = withScans(corpus("progressive.jpg"), 50);
        ImageDecoder decoder = new ImageDecoder(ExifOrientation.APPLY, ImageLimits.DEFAULT.withMaxPixels(29 * 19));
        assertThat(decoder.decode(corpus("progressive.jpg"), "usual").width()).isEqualTo(29);
        assertThatThrownBy(() -> decoder.decode(jpeg, "bomb"))
                .isInstanceOf(DataException.class)
                .hasMessageMatching("bomb: its \\d+ scans visit \\d+ samples, more than 32 for each of 551 pixels; save"
                        + " the image anew");
    }

    private static byte[] chunk(String type, byte[] data, int length) {
        byte[] typed = ByteBuffer.allocate(4 + length)
                .put(type.getBytes(ISO_8859_1))
                .put(data, 0, length)
                .array();
        CRC32 sum = new CRC32();
        sum.update(typed);
        return ByteBuffer.allocate(8 + typed.length)
                .putInt(length)
                .put(typed)
                .putInt((int) sum.getValue())
                .array();
    }

    /** A hundred megabytes, deflated. */
    private static byte[] inflatable() {
        Deflater deflater = new Deflater();
        byte[] zeros = new byte[1 << 20];
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        byte[] buffer = new byte[1 << 16];
        for (int i = 0; i <= 100; i++) {
            deflater.setInput(zeros);
            if (i == 100) {
                deflater.finish();
            }
            for (int n = deflater.deflate(buffer); n > 0; n = deflater.deflate(buffer)) {
                out.write(buffer, 0, n);
            }
        }
        deflater.end();
        return out.toByteArray();
    }

    private static byte[] withChunk(byte[] png, byte[] chunk) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.write(png, 0, AFTER_HEADER);
        all.writeBytes(chunk);
        all.write(png, AFTER_HEADER, png.length - AFTER_HEADER);
        return all.toByteArray();
    }

    @ParameterizedTest
    @CsvSource({
        "zTXt, k||",
        "iTXt, k|!|||",
        "iCCP, k||",
        "zTXt, Raw profile type exif||",
        "iTXt, XML:com.adobe.xmp|!|||"
    })
    void textsAndProfilesOfAPngAreNotInflated(String type, String beginning) throws Exception {
        byte[] plain = Files.readAllBytes(Golden.path("transforms/photo_61x47.png"));
        ByteArrayOutputStream data = new ByteArrayOutputStream();
        data.writeBytes(beginning.replace('|', '\0').replace('!', '\1').getBytes(ISO_8859_1));
        data.writeBytes(inflatable());
        byte[] bomb = withChunk(plain, chunk(type, data.toByteArray(), data.size()));
        byte[] expected = DECODER.decode(plain, "plain").rgb();
        assertThat(frugally(() -> DECODER.decode(bomb, "bomb")).rgb()).isEqualTo(expected);
    }

    @Test
    void moreDataThanAPngHasPixelsAreNotInflated() throws Exception {
        byte[] plain = corpus("rgb8.png");
        byte[] rows = inflatable();
        byte[] bomb = ByteBuffer.allocate(AFTER_HEADER + 12 + rows.length + 12)
                .put(plain, 0, AFTER_HEADER)
                .put(chunk("IDAT", rows, rows.length))
                .put(chunk("IEND", rows, 0))
                .array();
        RawImage black = frugally(() -> DECODER.decode(bomb, "bomb"));
        assertThat(black.rgb()).containsOnly(0);
    }

    @Test
    void framesBehindTheFirstAreNotLookedAt() throws Exception {
        byte[] gif = corpus("palette.gif");
        byte[] frame = {0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 1, 0};
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.write(gif, 0, gif.length - 1);
        for (int i = 0; i < 500_000; i++) {
            all.writeBytes(frame);
        }
        byte[] expected = DECODER.decode(gif, "one").rgb();
        byte[] many = all.toByteArray();
        assertThat(frugally(() -> DECODER.decode(many, "many")).rgb()).isEqualTo(expected);
    }

    @Test
    void chunksInFrontOfThePixelsAreCounted() throws Exception {
        ImageDecoder few = new ImageDecoder(ExifOrientation.APPLY, new ImageLimits(1000, 1 << 20, 100, 10));
        byte[] png = corpus("rgb8.png");
        byte[] gif = corpus("palette.gif");
        byte[] jpeg = corpus("baseline.jpg");
        byte[] empty = chunk("tEXt", png, 0);
        byte[] comment = {0x21, (byte) 0xfe, 0};
        byte[] segment = {(byte) 0xff, (byte) 0xfe, 0, 2};
        for (int i = 0; i < 12; i++) {
            png = withChunk(png, empty);
            gif = inserted(gif, 13 + 3 * (2 << (gif[10] & 7)), comment);
            jpeg = inserted(jpeg, 2, segment);
        }
        for (byte[] file : new byte[][] {png, gif, jpeg}) {
            assertRefused(few, file, "more than the limit of 10 chunks; save the image anew");
            assertThat(DECODER.decode(file, "many").width()).isEqualTo(29);
        }
    }

    private static byte[] inserted(byte[] file, int at, byte[] part) {
        return ByteBuffer.allocate(file.length + part.length)
                .put(file, 0, at)
                .put(part)
                .put(file, at, file.length - at)
                .array();
    }

    /** Where each format says how large the image is. */
    @ParameterizedTest
    @CsvSource({
        "baseline.jpg, 163",
        "lossy_75.webp, 26",
        "lossless.webp, 21",
        "animated.webp, 24",
        "palette.gif, 6",
        "rgb24.bmp, 18",
    })
    void sizesAreCheckedBeforeAnythingIsAllocated(String name, int at) throws Exception {
        byte[] file = corpus(name);
        Arrays.fill(file, at, at + (name.startsWith("lossless") ? 3 : name.endsWith("bmp") ? 3 : 4), (byte) 0x3f);
        ImageDecoder decoder = new ImageDecoder(ExifOrientation.APPLY, ImageLimits.DEFAULT.withMaxPixels(40_000));
        frugally(() -> {
            assertThatThrownBy(() -> decoder.decode(file, "bomb"))
                    .isInstanceOf(DataException.class)
                    .hasMessageEndingWith("pixels are more than the limit of 40000; make the image smaller");
            return null;
        });
    }

    @Test
    void largeFilesAreRefused() throws Exception {
        ImageDecoder decoder = new ImageDecoder(ExifOrientation.APPLY, new ImageLimits(1000, 100, 100, 10));
        Path file = CORPUS.resolve("baseline.jpg");
        byte[] bytes = Files.readAllBytes(file);
        assertRefused(decoder, bytes, "an image of " + bytes.length + " bytes; at most 100 are read");
        assertThatThrownBy(() -> decoder.decode(file)).hasMessageEndingWith("bytes; at most 100 are read");
    }

    /** A BMP may hold a JPEG or a PNG, for which a reader may look anywhere. */
    @Test
    void imagesInABmpAreRefused() throws Exception {
        byte[] bmp = corpus("rgb24.bmp");
        for (int compression : new int[] {4, 5}) {
            bmp[30] = (byte) compression;
            assertRefused(
                    DECODER, bmp, "BMP files of compression " + compression + " are not read; save the image as PNG");
        }
    }

    @Test
    void jpegInATiffIsRefused() throws Exception {
        byte[] tiff = corpus("rgb_little.tif");
        String text = new String(tiff, ISO_8859_1);
        int at = text.indexOf("\3\1\3\0\1\0\0\0") + 8;
        tiff[at] = 7;
        assertRefused(
                DECODER,
                tiff,
                "TIFF files of compression 7 are not read; save the image as PNG, or as TIFF with LZW or Deflate");
    }

    /** What other decoders of the native library, and readers of ImageIO, would take; by their first bytes. */
    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '"',
            value = {
                "AVIF, 0000001c6674797061766966",
                "AVIF, 00000020667479706d696631000000006d696631617669666d696166",
                "HEIC, 0000001c6674797068656963",
                "HEIC, 000000186674797068657678",
                "HEIC, 0000001c667479706d696631000000006865696d6d696631",
                "JPEG XL, ff0a",
                "JPEG XL, 0000000c4a584c20",
                "JPEG 2000, ff4fff51",
                "JPEG 2000, 0000000c6a5020200d0a870a",
                "OpenEXR, 762f3101",
                "Radiance HDR, 233f52414449414e4345",
                "Radiance HDR, 233f52474245",
                "PNM or PFM, 50360a",
                "PNM or PFM, 50330a",
                "PNM or PFM, 50660a",
                "PNM or PFM, 50460a",
                "PNM or PFM, 50370a",
                "Sun raster, 59a66a95",
                "Photoshop, 38425053",
                "icon, 00000100",
                "PDF, 255044462d",
                "SVG, 3c737667",
            })
    void otherFormatsAreRefusedByName(String format, String beginning) throws Exception {
        byte[] file = Arrays.copyOf(java.util.HexFormat.of().parseHex(beginning), 400);
        assertRefused(DECODER, file, format + " files are not read; save the image as PNG, JPEG or lossless WebP");
    }

    /** DICOM, GDAL, PCX, TGA, WBMP, a zip. */
    @ParameterizedTest
    @ValueSource(strings = {"4449434d", "47444900", "0a0501", "00000a000000", "00004020", "504b0304"})
    void formatsNobodyKnowsAreRefused(String beginning) throws Exception {
        byte[] file = Arrays.copyOf(java.util.HexFormat.of().parseHex(beginning), 400);
        assertRefused(DECODER, file, "not an image in a known format (JPEG, PNG, WebP, TIFF, BMP, GIF)");
    }

    @Test
    void limitsOutOfTheirRangeAreNamed() {
        assertThatThrownBy(() -> ImageLimits.DEFAULT.withMaxPixels(0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("maxPixels must be in [1, 500000000], not 0");
        assertThatThrownBy(() -> new ImageLimits(1, 1, 0, 1)).hasMessageStartingWith("maxScans must be in");
    }

    @Test
    void whatIsBehindTheEndOfAJpegIsLeftOut() {
        byte[] jpeg = Images.encode(Images.gradient(16, 16, BufferedImage.TYPE_INT_RGB), "jpeg");
        byte[] twice = Arrays.copyOf(jpeg, 2 * jpeg.length);
        System.arraycopy(jpeg, 0, twice, jpeg.length, jpeg.length);
        assertThat(DECODER.decode(twice, "twice").rgb())
                .isEqualTo(DECODER.decode(jpeg, "once").rgb());
    }
}
