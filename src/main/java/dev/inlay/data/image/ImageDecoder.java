package dev.inlay.data.image;

import dev.inlay.data.Mask;
import dev.inlay.data.RawImage;
import dev.inlay.error.DataException;
import dev.inlay.error.UnreadableException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * Decodes JPEG, PNG, WebP, GIF (first frame on its canvas), BMP and TIFF (first page) files to 8-bit RGB, told apart by
 * content and not by name: Pillow's {@code convert("RGB")}, with its {@code exif_transpose} in front if asked for. Samples are
 * taken as stored: colour profiles are not applied, alpha is dropped and not blended, grey is repeated three times, of
 * 16-bit samples the high byte is kept (for 16-bit grey, Pillow clips instead and turns most images white).
 *
 * <p>Every file is walked first, see {@link ImageLimits}; decoders get nothing but what the pixels need.
 *
 * @param exifOrientation whether the image is turned upright
 * @param limits what an image may ask for
 * @param truncated what is done with files whose data end too early
 */
public record ImageDecoder(ExifOrientation exifOrientation, ImageLimits limits, TruncatedImages truncated) {
    /** A decoder that refuses truncated files. */
    public ImageDecoder(ExifOrientation exifOrientation, ImageLimits limits) {
        this(exifOrientation, limits, TruncatedImages.refuse());
    }

    /** A decoder with the default limits. */
    public ImageDecoder(ExifOrientation exifOrientation) {
        this(exifOrientation, ImageLimits.DEFAULT);
    }

    /** The names of the formats that are read, in small letters. */
    public static List<String> formats() {
        return Stream.of(ImageFormat.values())
                .map(format -> format.name().toLowerCase(Locale.ROOT))
                .sorted()
                .toList();
    }

    /**
     * Decodes one file.
     *
     * @throws UnreadableException if the file cannot be read now
     * @throws DataException naming the file, if it is truncated, broken, beyond a limit or of another format
     */
    public RawImage decode(Path file) {
        return decode(bytes(file), file.toString());
    }

    /**
     * Reads the numbers that the pixels of a PNG are stored as: indices into its palette, whose colours do not count, or levels
     * of grey; 1, 2, 4 or 8 bits, interlaced or not, turned upright as images are.
     *
     * @throws UnreadableException if the file cannot be read now
     * @throws DataException naming the file, if it is truncated, broken, beyond a limit or no such PNG
     */
    public Mask mask(Path file) {
        return mask(bytes(file), file.toString());
    }

    /**
     * Reads the bytes of one file as {@link #mask(Path)} does.
     *
     * @param name what error messages call it
     */
    public Mask mask(byte[] bytes, String name) {
        return png(bytes, name, png -> png.values(exifOrientation));
    }

    /**
     * Reads the colours of a PNG whose colours stand for something, as {@link #decode(Path)} does.
     *
     * @throws UnreadableException if the file cannot be read now
     * @throws DataException naming the file, if it is truncated, broken, beyond a limit or no PNG
     */
    public RawImage maskColours(Path file) {
        return png(bytes(file), file.toString(), png -> upright(png, png.pixels()));
    }

    private interface MaskPart<T> {
        T of(PngFile png) throws IOException;
    }

    private <T> T png(byte[] bytes, String name, MaskPart<T> part) {
        return read(bytes, name, () -> {
            if (ImageFormat.of(bytes) != ImageFormat.PNG) {
                throw new RefusedImageException("expected a PNG, which keeps every pixel as it is, found "
                        + ImageFormat.of(bytes).name());
            }
            try {
                return part.of(PngFile.walk(bytes, limits));
            } catch (TruncatedImageException e) {
                throw new DamagedImageException(e.getMessage());
            }
        });
    }

    private RawImage upright(ImageFile file, RawImage stored) {
        return exifOrientation == ExifOrientation.APPLY ? file.orientation().applyTo(stored) : stored;
    }

    private byte[] bytes(Path file) {
        try {
            BasicFileAttributes found = Files.readAttributes(file, BasicFileAttributes.class);
            if (!found.isRegularFile()) {
                throw new DataException(file + ": expected a file, found "
                        + (found.isDirectory() ? "a folder" : "a pipe, device or socket"));
            }
            long size = found.size();
            if (size > limits.maxFileBytes()) {
                throw tooLarge(file.toString(), size);
            }
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new UnreadableException(file, e);
        }
    }

    /**
     * Decodes the bytes of one file.
     *
     * @param name what error messages call it
     * @throws DataException naming it, if the bytes are truncated, broken, beyond a limit or of another format
     */
    public RawImage decode(byte[] bytes, String name) {
        return read(bytes, name, () -> {
            ImageFile file = ImageFile.of(bytes, limits);
            return upright(file, stored(file, name));
        });
    }

    private interface Reading<T> {
        T read() throws IOException;
    }

    private <T> T read(byte[] bytes, String name, Reading<T> reading) {
        if (bytes.length == 0) {
            throw new DataException(name + ": the file is empty");
        }
        if (bytes.length > limits.maxFileBytes()) {
            throw tooLarge(name, bytes.length);
        }
        try {
            return reading.read();
        } catch (RefusedImageException e) {
            throw new DataException(name + ": " + e.getMessage(), e);
        } catch (TruncatedImageException e) {
            throw new DataException(
                    name + ": cannot be decoded, it is truncated or damaged (" + e.getMessage()
                            + "); repair it, or have training use what is there (data.truncatedImages: accept)",
                    e);
        } catch (IOException e) {
            throw new DataException(
                    name + ": cannot be decoded, it is truncated or damaged (" + e.getMessage() + ")", e);
        }
    }

    /** Returns whether a file asks to be turned or mirrored to stand upright; false if it cannot be read as an image. */
    public boolean isTurned(Path file) {
        try {
            return Files.size(file) <= limits.maxFileBytes()
                    && !ImageFile.of(Files.readAllBytes(file), limits)
                            .orientation()
                            .equals(Orientation.AS_STORED);
        } catch (IOException e) {
            return false;
        }
    }

    private DataException tooLarge(String name, long size) {
        return new DataException(
                name + ": an image of " + size + " bytes; at most " + limits.maxFileBytes() + " are read");
    }

    private RawImage stored(ImageFile file, String name) throws IOException {
        try {
            return file.pixels();
        } catch (TruncatedImageException e) {
            if (!truncated.accepted()) {
                throw e;
            }
            RawImage beginning = file.pixelsSoFar();
            truncated.add(name);
            return beginning;
        }
    }
}
