package dev.inlay.data.image;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** Tells by a file's name, or by its first bytes where the name says nothing, whether {@link ImageDecoder} decodes it. */
public final class ImageNames {
    /** As many of a file's first bytes as {@link #beginsAsImage} needs. */
    public static final int HEAD = 12;

    private static final Set<String> DECODED =
            Set.of("jpg", "jpeg", "jpe", "jfif", "png", "bmp", "dib", "gif", "webp", "tif", "tiff");
    private static final Set<String> OTHERS = Set.of(
            "heic", "heif", "hif", "avif", "jxl", "jp2", "j2k", "jpx", "svg", "psd", "tga", "ico", "pcx", "ppm", "pgm",
            "pbm", "pnm", "exr", "hdr", "dng", "raw", "cr2", "cr3", "nef", "arw", "orf", "rw2", "raf");

    private ImageNames() {}

    /**
     * Whether files with a suffix are images in a format that is decoded.
     *
     * @param suffix without the dot, in any case
     */
    public static boolean isDecoded(String suffix) {
        return DECODED.contains(suffix.toLowerCase(Locale.ROOT));
    }

    /**
     * Whether files with a suffix are images in a format that is not decoded.
     *
     * @param suffix without the dot, in any case
     */
    public static boolean isOfAnotherFormat(String suffix) {
        return OTHERS.contains(suffix.toLowerCase(Locale.ROOT));
    }

    /**
     * Whether a file is an image in a format that is decoded.
     *
     * @param head its first {@value #HEAD} bytes, or all if there are fewer
     */
    public static boolean beginsAsImage(byte[] head) {
        Optional<ImageFormat> format = ImageFormat.find(head);
        return format.isPresent() && (format.get() != ImageFormat.BMP || isBmp(head));
    }

    /** Many a text begins with the letters of a BMP, none with the four zeros behind its length. */
    private static boolean isBmp(byte[] head) {
        return head.length >= 10 && Arrays.equals(head, 6, 10, new byte[4], 0, 4);
    }
}
