package dev.inlay.data.image;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Leaves the texts of a PNG out before it is decoded: ImageIO inflates compressed ones whole, and 100 KB of them may become
 * 100 MB.
 */
final class PngText {
    private static final long SIGNATURE = 0x89504E470D0A1A0AL;
    private static final int TEXT = 0x74455874;
    private static final int COMPRESSED = 0x7A545874;
    private static final int INTERNATIONAL = 0x69545874;

    /** Length, type and check sum of a chunk. */
    private static final int AROUND = 12;

    private PngText() {}

    /**
     * The file without them; the same array if there are none, or if it is no PNG.
     *
     * @param file its bytes; whatever is behind a chunk that is not whole is kept, unless that chunk is a text
     */
    static byte[] remove(byte[] file) {
        ByteBuffer in = ByteBuffer.wrap(file);
        if (file.length < Long.BYTES || in.getLong() != SIGNATURE) {
            return file;
        }
        ByteBuffer out = ByteBuffer.allocate(file.length).putLong(SIGNATURE);
        while (in.remaining() >= AROUND) {
            int start = in.position();
            long whole = AROUND + (long) in.getInt(start);
            int type = in.getInt(start + Integer.BYTES);
            boolean complete = whole >= AROUND && whole <= in.remaining();
            int length = complete ? (int) whole : in.remaining();
            if (type != TEXT && type != COMPRESSED && type != INTERNATIONAL) {
                out.put(file, start, length);
            }
            in.position(start + length);
        }
        out.put(in);
        return out.position() == file.length ? file : Arrays.copyOf(out.array(), out.position());
    }
}
