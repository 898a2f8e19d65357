package dev.inlay.data.image;

import com.twelvemonkeys.imageio.stream.ByteArrayImageInputStream;
import dev.inlay.data.RawImage;
import dev.inlay.error.DataException;
import dev.inlay.error.UnreadableException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Iterator;
import java.util.Locale;
import java.util.Set;
import javax.imageio.IIOException;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;

/**
 * Decodes JPEG, PNG, BMP, GIF (first frame) and WebP files to 8-bit RGB, told apart by content and not by name. Samples
 * are taken as stored: colour profiles are not applied, alpha is dropped and not blended, grey is repeated three times,
 * of 16-bit samples the high byte is kept (for 16-bit grey, Pillow clips instead and turns most pictures white), CMYK
 * goes to RGB by Pillow's formula.
 *
 * @param exifOrientation whether the picture is turned upright
 * @param maxPixels pictures with more pixels are refused before anything is allocated for them
 */
public record ImageDecoder(ExifOrientation exifOrientation, long maxPixels) {
    /** A limit that lets photos of 100 megapixels through; decoded they hold 300 MB. */
    public static final long DEFAULT_MAX_PIXELS = 100_000_000;

    private static final long MAX_FILE_BYTES = 1L << 29;
    private static final Set<String> FORMATS = Set.of("jpeg", "png", "bmp", "gif", "webp");

    /**
     * @throws IllegalArgumentException if {@code maxPixels} is not in [1, 500 000 000]
     */
    public ImageDecoder {
        if (maxPixels < 1 || maxPixels > 500_000_000) {
            throw new IllegalArgumentException("maxPixels must be in [1, 500000000], not " + maxPixels);
        }
    }

    /** A decoder with the default limit of pixels. */
    public ImageDecoder(ExifOrientation exifOrientation) {
        this(exifOrientation, DEFAULT_MAX_PIXELS);
    }

    /**
     * Decodes one file.
     *
     * @throws UnreadableException if the file cannot be read now
     * @throws DataException naming the file, if it is truncated, broken, too large or of another format
     */
    public RawImage decode(Path file) {
        byte[] bytes;
        try {
            BasicFileAttributes found = Files.readAttributes(file, BasicFileAttributes.class);
            if (!found.isRegularFile()) {
                throw new DataException(file + ": expected a file, found "
                        + (found.isDirectory() ? "a folder" : "a pipe, device or socket"));
            }
            long size = found.size();
            if (size > MAX_FILE_BYTES) {
                throw new DataException(
                        file + ": a picture of " + size + " bytes; at most " + MAX_FILE_BYTES + " are read");
            }
            bytes = Files.readAllBytes(file);
        } catch (IOException e) {
            throw new UnreadableException(file, e);
        }
        return decode(bytes, file.toString());
    }

    /**
     * Decodes the bytes of one file.
     *
     * @param name what error messages call it
     * @throws DataException naming it, if the bytes are truncated, broken, too many pixels or of another format
     */
    public RawImage decode(byte[] bytes, String name) {
        if (bytes.length == 0) {
            throw new DataException(name + ": the file is empty");
        }
        RawImage stored;
        try (ImageInputStream in = new ByteArrayImageInputStream(PngText.remove(bytes))) {
            ImageReader reader = reader(in, name);
            try {
                reader.setInput(in, true, false);
                checkSize(reader, name);
                stored = reader.getFormatName().equalsIgnoreCase("jpeg")
                        ? JpegSamples.read(reader, bytes)
                        : Samples.toRgb(reader.read(0));
            } finally {
                reader.dispose();
            }
        } catch (DataException e) {
            throw e;
        } catch (IOException | RuntimeException e) {
            // readers of ImageIO answer damaged files with any kind of unchecked exception
            throw new DataException(name + ": cannot be decoded, it is truncated or damaged (" + reason(e) + ")", e);
        }
        return exifOrientation == ExifOrientation.APPLY ? Orientation.of(bytes).applyTo(stored) : stored;
    }

    private static ImageReader reader(ImageInputStream in, String name) throws IOException {
        for (Iterator<ImageReader> readers = ImageIO.getImageReaders(in); readers.hasNext(); ) {
            ImageReader reader = readers.next();
            if (FORMATS.contains(reader.getFormatName().toLowerCase(Locale.ROOT))) {
                return reader;
            }
        }
        throw new DataException(name + ": not a picture in a known format (JPEG, PNG, BMP, GIF, WebP)");
    }

    private void checkSize(ImageReader reader, String name) throws IOException {
        int width = reader.getWidth(0);
        int height = reader.getHeight(0);
        if (width < 1 || height < 1) {
            throw new IIOException("a picture of " + width + " x " + height + " pixels");
        }
        if ((long) width * height > maxPixels) {
            throw new DataException(name + ": " + width + " x " + height + " pixels are more than the limit of "
                    + maxPixels + "; make the picture smaller");
        }
    }

    private static String reason(Exception e) {
        return e.getMessage() == null || e.getMessage().isBlank() ? e.getClass().getSimpleName() : e.getMessage();
    }
}
