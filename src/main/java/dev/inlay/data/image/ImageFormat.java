package dev.inlay.data.image;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The formats that are read, told apart by how a file begins. */
enum ImageFormat {
    JPEG("\u00ff\u00d8\u00ff"),
    PNG("\u0089PNG\r\n\u001a\n"),
    WEBP("RIFF....WEBP"),
    GIF("GIF8[79]a"),
    BMP("BM"),
    TIFF("II[*+]\0|MM\0[*+]");

    /** So many bytes are looked at. */
    private static final int BEGINNING = 64;

    private static final List<Foreign> FOREIGN = List.of(
            new Foreign("AVIF", "....ftyp(?:avi[fs]|....[\0-\u00ff]{4}(?:....)*?avi[fs])"),
            new Foreign("HEIC", "....ftyp(?:he[iv][cmsx]|mif1|msf1)"),
            new Foreign("JPEG XL", "\u00ff\n|\0\0\0\u000cJXL "),
            new Foreign("JPEG 2000", "\u00ffO\u00ffQ|\0\0\0\u000cjP  "),
            new Foreign("OpenEXR", "v/1\u0001"),
            new Foreign("Radiance HDR", "#\\?R"),
            new Foreign("PNM or PFM", "P[1-7Ff][ \t\r\n]"),
            new Foreign("Sun raster", "Y\u00a6j\u0095"),
            new Foreign("Photoshop", "8BPS"),
            new Foreign("icon", "\0\0[\u0001\u0002]\0"),
            new Foreign("PDF", "%PDF"),
            new Foreign("SVG", "\\s*<(?:svg|\\?xml)"));

    private final Pattern beginning;

    ImageFormat(String beginning) {
        this.beginning = Pattern.compile(beginning, Pattern.DOTALL);
    }

    private record Foreign(String name, Pattern beginning) {
        Foreign(String name, String beginning) {
            this(name, Pattern.compile(beginning, Pattern.DOTALL));
        }
    }

    /** The format of a file that begins so; empty if it is none of these. */
    static Optional<ImageFormat> find(byte[] file) {
        String start = start(file);
        return Stream.of(values())
                .filter(format -> format.beginning.matcher(start).lookingAt())
                .findFirst();
    }

    /**
     * @throws RefusedImageException naming the format, if it is known and not read
     */
    static ImageFormat of(byte[] file) throws RefusedImageException {
        Optional<ImageFormat> format = find(file);
        if (format.isPresent()) {
            return format.get();
        }
        String start = start(file);
        for (Foreign foreign : FOREIGN) {
            if (foreign.beginning().matcher(start).lookingAt()) {
                throw new RefusedImageException(
                        foreign.name() + " files are not read; save the image as PNG, JPEG or lossless WebP");
            }
        }
        throw new RefusedImageException("not an image in a known format (JPEG, PNG, WebP, TIFF, BMP, GIF)");
    }

    private static String start(byte[] file) {
        return new String(file, 0, Math.min(file.length, BEGINNING), ISO_8859_1);
    }
}
