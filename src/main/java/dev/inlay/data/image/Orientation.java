package dev.inlay.data.image;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.inlay.data.RawImage;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How an image must be turned and mirrored to stand upright: tag 0x0112 of EXIF 2.32, or {@code tiff:Orientation} of XMP
 * where there is no such tag, both found as Pillow's {@code getexif} finds them.
 *
 * @param tag 1 (as stored) … 8
 */
record Orientation(int tag) {
    static final Orientation AS_STORED = new Orientation(1);

    private static final Pattern IN_XMP = Pattern.compile("tiff:Orientation(?:=\"|>)([0-9])");
    private static final byte[] PREFIX = "Exif\0\0".getBytes(ISO_8859_1);
    private static final int TAG = 0x0112;
    private static final int ENTRY = 12;
    private static final int BYTE = 1;
    private static final int SHORT = 3;
    private static final int LONG = 4;

    /**
     * What a file asks for; as stored if it says nothing sensible.
     *
     * @param exif a TIFF header and what follows, also behind {@code Exif}; empty if there is none
     * @param xmp the packet; empty if there is none
     */
    static Orientation of(byte[] exif, byte[] xmp) {
        OptionalInt asked = inExif(exif);
        if (asked.isEmpty() && xmp.length > 0) {
            Matcher found = IN_XMP.matcher(new String(xmp, ISO_8859_1));
            asked = found.find() ? OptionalInt.of(Integer.parseInt(found.group(1))) : asked;
        }
        int tag = asked.orElse(1);
        return tag >= 1 && tag <= 8 ? new Orientation(tag) : AS_STORED;
    }

    private static OptionalInt inExif(byte[] exif) {
        int start = 0;
        while (exif.length - start >= PREFIX.length
                && Arrays.equals(exif, start, start + PREFIX.length, PREFIX, 0, PREFIX.length)) {
            start += PREFIX.length;
        }
        ByteBuffer tiff = ByteBuffer.wrap(exif, start, exif.length - start).slice();
        if (tiff.remaining() < Long.BYTES) {
            return OptionalInt.empty();
        }
        tiff.order(tiff.get(0) == 'I' ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
        long directory = Integer.toUnsignedLong(tiff.getInt(Integer.BYTES));
        if (directory + Short.BYTES > tiff.limit()) {
            return OptionalInt.empty();
        }
        int count = Short.toUnsignedInt(tiff.getShort((int) directory));
        int at = (int) directory + Short.BYTES;
        for (int i = 0; i < count && at + ENTRY <= tiff.limit(); i++, at += ENTRY) {
            if (Short.toUnsignedInt(tiff.getShort(at)) == TAG) {
                int value = at + Long.BYTES;
                return switch (tiff.getShort(at + Short.BYTES)) {
                    case BYTE -> OptionalInt.of(tiff.get(value));
                    case SHORT -> OptionalInt.of(tiff.getShort(value));
                    case LONG -> OptionalInt.of(tiff.getInt(value));
                    default -> OptionalInt.empty();
                };
            }
        }
        return OptionalInt.empty();
    }

    RawImage applyTo(RawImage image) {
        if (tag == 1) {
            return image;
        }
        boolean transposed = tag >= 5;
        int width = transposed ? image.height() : image.width();
        int height = transposed ? image.width() : image.height();
        boolean fromRight = tag == 2 || tag == 3 || tag == 7 || tag == 8;
        boolean fromBottom = tag == 3 || tag == 4 || tag == 6 || tag == 7;
        byte[] from = image.rgb();
        byte[] rgb = new byte[from.length];
        for (int y = 0, to = 0; y < height; y++) {
            for (int x = 0; x < width; x++, to += 3) {
                int column = transposed ? y : x;
                int row = transposed ? x : y;
                if (fromRight) {
                    column = image.width() - 1 - column;
                }
                if (fromBottom) {
                    row = image.height() - 1 - row;
                }
                int at = (row * image.width() + column) * 3;
                rgb[to] = from[at];
                rgb[to + 1] = from[at + 1];
                rgb[to + 2] = from[at + 2];
            }
        }
        return new RawImage(width, height, rgb);
    }
}
