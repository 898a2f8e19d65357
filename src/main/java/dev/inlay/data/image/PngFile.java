package dev.inlay.data.image;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.inlay.data.Mask;
import dev.inlay.data.RawImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.Adler32;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * A PNG (third edition): its header, palette and rows. Everything else is left out, so that no text or profile is inflated.
 * As in Pillow, the checksums of header and palette count and those of the pixels do not.
 */
final class PngFile implements ImageFile {
    private static final long SIGNATURE = 0x89504E470D0A1A0AL;
    private static final int HEADER = 0x49484452;
    private static final int PALETTE = 0x504C5445;
    private static final int DATA = 0x49444154;
    private static final int END = 0x49454E44;
    private static final int EXIF = 0x65584966;
    private static final int TEXT = 0x74455874;
    private static final int COMPRESSED = 0x7A545874;
    private static final int INTERNATIONAL = 0x69545874;

    /** Length, type and checksum of a chunk. */
    private static final int AROUND = 12;

    private static final int HEADER_BYTES = 13;
    private static final int[][] INTERLACED = {
        {0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4}, {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}
    };
    private static final int MAX_FILTER = 4;
    private static final int GREY = 0;
    private static final int INDEXED = 3;
    private static final int MAX_PALETTE = 3 << 8;

    /** A block of a zlib stream that is not compressed has so many bytes at most, and so many in front of it. */
    private static final int STORED = 0xffff;

    private static final int BEFORE_STORED = 5;

    /** Begins a zlib stream; a checksum of four bytes ends it. */
    private static final short STORED_HEADER = 0x7801;

    private static final int AROUND_STORED = Short.BYTES + Integer.BYTES;

    private static final byte[] XMP = "XML:com.adobe.xmp\0".getBytes(ISO_8859_1);
    private static final byte[] PROFILE = "Raw profile type exif\0".getBytes(ISO_8859_1);

    /** Of a text, inflated: as Pillow's MAX_TEXT_CHUNK. */
    private static final int MAX_TEXT = 1 << 20;

    private final byte[] file;
    private final ImageLimits limits;
    private byte[] header;
    private byte[] palette = {};
    private byte[] data = {};
    private byte[] exif = {};
    private byte[] profile = {};
    private byte[] xmp = {};

    private PngFile(byte[] file, ImageLimits limits) {
        this.file = file;
        this.limits = limits;
    }

    static PngFile walk(byte[] file, ImageLimits limits) throws IOException {
        PngFile png = new PngFile(file, limits);
        png.walk();
        return png;
    }

    private void walk() throws IOException {
        ByteBuffer in = ByteBuffer.wrap(file, Long.BYTES, file.length - Long.BYTES);
        ByteBuffer pixels = ByteBuffer.allocate(file.length);
        boolean behind = false;
        for (long chunks = 1; in.remaining() >= Long.BYTES; chunks++) {
            limits.requireChunks(chunks);
            int start = in.position() + Long.BYTES;
            long length = Integer.toUnsignedLong(in.getInt());
            int type = in.getInt();
            boolean whole = length + Integer.BYTES <= in.remaining();
            int end = (int) Math.min(start + length, file.length);
            if (header == null && type != HEADER) {
                throw new DamagedImageException("a PNG that does not begin with its header");
            }
            if (type == END) {
                break;
            }
            behind |= type != DATA && pixels.position() > 0;
            if (type == DATA && !behind) {
                pixels.put(file, start, end - start);
            } else if (whole) {
                chunk(type, start, end);
            }
            in.position(whole ? end + Integer.BYTES : file.length);
        }
        if (header == null) {
            throw new DamagedImageException("a PNG without a header");
        }
        data = Arrays.copyOf(pixels.array(), pixels.position());
    }

    private void chunk(int type, int start, int end) throws IOException {
        switch (type) {
            case HEADER -> header(start, end);
            case PALETTE -> {
                requireChecksum("palette", start, end);
                palette = Arrays.copyOfRange(file, start, end);
            }
            case EXIF -> exif = Arrays.copyOfRange(file, start, end);
            case TEXT, COMPRESSED, INTERNATIONAL -> {
                if (startsWith(start, end, XMP)) {
                    xmp = Arrays.copyOfRange(file, start - Integer.BYTES, end);
                } else if (startsWith(start, end, PROFILE)) {
                    profile = Arrays.copyOfRange(file, start - Integer.BYTES, end);
                }
            }
            default -> {
                // nothing that the pixels need
            }
        }
    }

    private void header(int start, int end) throws IOException {
        if (header != null || end - start != HEADER_BYTES) {
            throw new DamagedImageException("a PNG with a header that is none");
        }
        requireChecksum("header", start, end);
        header = Arrays.copyOfRange(file, start, end);
        ByteBuffer fields = ByteBuffer.wrap(header);
        limits.requireSize(Integer.toUnsignedLong(fields.getInt(0)), Integer.toUnsignedLong(fields.getInt(4)));
    }

    private void requireChecksum(String what, int start, int end) throws IOException {
        if (checksum(file, start - Integer.BYTES, end) != ByteBuffer.wrap(file).getInt(end)) {
            throw new DamagedImageException("a PNG whose " + what + " does not fit its checksum");
        }
    }

    private boolean startsWith(int from, int to, byte[] text) {
        return to - from >= text.length && Arrays.equals(file, from, from + text.length, text, 0, text.length);
    }

    private int width() {
        return ByteBuffer.wrap(header).getInt();
    }

    private int height() {
        return ByteBuffer.wrap(header).getInt(Integer.BYTES);
    }

    @Override
    public Orientation orientation() {
        if (exif.length > 0 || profile.length == 0) {
            return Orientation.of(exif, text(xmp));
        }
        return Orientation.of(hex(text(profile)), text(xmp));
    }

    /** The text of a chunk that begins with its type; empty if it is longer than anyone's orientation. */
    private static byte[] text(byte[] chunk) {
        if (chunk.length == 0) {
            return chunk;
        }
        int type = ByteBuffer.wrap(chunk).getInt();
        int at = Integer.BYTES;
        at = behindZero(chunk, at);
        boolean deflated = type == COMPRESSED;
        if (type == COMPRESSED) {
            at++;
        } else if (type == INTERNATIONAL && at + 2 <= chunk.length) {
            deflated = chunk[at] != 0;
            at = behindZero(chunk, behindZero(chunk, at + 2));
        }
        if (at > chunk.length) {
            return new byte[0];
        }
        byte[] text = Arrays.copyOfRange(chunk, at, chunk.length);
        if (!deflated) {
            return text;
        }
        byte[] inflated = new byte[MAX_TEXT + 1];
        int length = inflate(text, inflated);
        return length > MAX_TEXT ? new byte[0] : Arrays.copyOf(inflated, length);
    }

    private static int behindZero(byte[] bytes, int from) {
        int at = from;
        while (at < bytes.length && bytes[at] != 0) {
            at++;
        }
        return at + 1;
    }

    /** What ImageMagick writes: three lines, then hexadecimal digits. */
    private static byte[] hex(byte[] profile) {
        String[] lines = new String(profile, US_ASCII).split("\n", 4);
        if (lines.length < 4) {
            return new byte[0];
        }
        String digits = lines[3].replaceAll("[^0-9a-fA-F]", "");
        return HexFormat.of().parseHex(digits, 0, digits.length() & ~1);
    }

    /** How many bytes come out, until {@code to} is full, the data end or make no sense. */
    private static int inflate(byte[] from, byte[] to) {
        Inflater inflater = new Inflater();
        try {
            inflater.setInput(from);
            int length = 0;
            int more;
            do {
                more = inflater.inflate(to, length, to.length - length);
                length += more;
            } while (more > 0);
            return length;
        } catch (DataFormatException e) {
            return (int) inflater.getBytesWritten();
        } finally {
            inflater.end();
        }
    }

    @Override
    public RawImage pixels() throws IOException {
        return decode(header, false);
    }

    /**
     * The numbers that the pixels are stored as: indices into the palette, or levels of grey.
     *
     * @param exifOrientation whether they are turned upright
     * @throws RefusedImageException if it has colours, alpha or 16 bits, so that a pixel is not one number of at most 8 bits
     * @throws IOException if it is damaged
     */
    Mask values(ExifOrientation exifOrientation) throws IOException {
        int bits = header[8];
        if (header[9] != INDEXED && header[9] != GREY || bits > Byte.SIZE) {
            throw new RefusedImageException(
                    "expected a PNG with one number of at most 8 bits per pixel, indexed or grey, found one "
                            + (bits > Byte.SIZE
                                    ? "of " + bits + " bits"
                                    : "with colours or alpha; where colours stand for classes, set data.colours"));
        }
        byte[] grey = header.clone();
        grey[9] = GREY;
        RawImage stored = decode(grey, false);
        RawImage levels =
                exifOrientation == ExifOrientation.APPLY ? orientation().applyTo(stored) : stored;
        int scale = 255 / ((1 << bits) - 1); // by which a decoder makes fewer bits 8
        byte[] values = new byte[levels.rgb().length / 3];
        for (int i = 0; i < values.length; i++) {
            values[i] = (byte) ((levels.rgb()[3 * i] & 0xff) / scale);
        }
        return new Mask(levels.width(), levels.height(), values);
    }

    @Override
    public RawImage pixelsSoFar() throws IOException {
        return decode(header, true);
    }

    /**
     * Inflates the rows and no byte more, and has them decoded as a file that holds them uncompressed: what the native library
     * sees is whole in any case.
     *
     * @param kind its header, which may say another colour type of as many samples
     * @param soFar whether rows that are missing may be black
     */
    private RawImage decode(byte[] kind, boolean soFar) throws IOException {
        List<Pass> passes = passes();
        long length = passes.stream().mapToLong(Pass::bytes).sum();
        long blocks = (length + STORED - 1) / STORED;
        long size = Long.BYTES
                + 4 * AROUND
                + kind.length
                + palette.length
                + AROUND_STORED
                + length
                + blocks * BEFORE_STORED;
        if (size > Integer.MAX_VALUE - Long.BYTES) {
            throw new RefusedImageException("its rows have " + length + " bytes, more than can be read");
        }
        byte[] bytes = new byte[(int) size];
        ByteBuffer png = ByteBuffer.wrap(bytes).putLong(SIGNATURE);
        put(bytes, png, HEADER, kind);
        if (kind[9] == INDEXED) {
            put(bytes, png, PALETTE, palette);
        }
        int chunk = png.position() + Integer.BYTES;
        png.putInt((int) (AROUND_STORED + length + blocks * BEFORE_STORED)).putInt(DATA);
        Rows rows = new Rows(bytes, png, (int) length);
        int whole = rows.whole(passes);
        if (whole < length && (!soFar || whole == 0)) {
            throw whole == 0
                    ? new DamagedImageException("it ends in front of its pixels")
                    : new TruncatedImageException(
                            "its data end, or make no sense, after " + whole + " of " + length + " bytes");
        }
        rows.finish(whole);
        png.putInt(checksum(bytes, chunk, png.position()));
        put(bytes, png, END, new byte[0]);
        return NativeDecoder.decode(bytes, width(), height());
    }

    /**
     * Rows of an image, or of one pass of an interlaced one.
     *
     * @param rowBytes of each, with that of its filter
     */
    private record Pass(int rows, int rowBytes) {
        long bytes() {
            return (long) rows * rowBytes;
        }
    }

    private List<Pass> passes() throws IOException {
        int samples =
                switch (header[9]) {
                    case 0, 3 -> 1;
                    case 2 -> 3;
                    case 4 -> 2;
                    case 6 -> 4;
                    default -> throw new DamagedImageException("a PNG of colour type " + header[9]);
                };
        int bits = header[8];
        boolean known = bits == 8
                || bits == 16 && header[9] != INDEXED
                || samples == 1 && (bits == 1 || bits == 2 || bits == 4);
        boolean lacksPalette =
                header[9] == INDEXED && (palette.length < 3 || palette.length > MAX_PALETTE || palette.length % 3 != 0);
        if (!known || lacksPalette || header[10] != 0 || header[11] != 0 || header[12] < 0 || header[12] > 1) {
            throw new DamagedImageException("a PNG with a header that makes no sense");
        }
        List<Pass> passes = new ArrayList<>();
        for (int[] grid : header[12] == 0 ? new int[][] {{0, 0, 1, 1}} : INTERLACED) {
            long columns = (width() - grid[0] + grid[2] - 1L) / grid[2];
            int rows = (int) ((height() - grid[1] + grid[3] - 1L) / grid[3]);
            if (columns > 0 && rows > 0) {
                passes.add(new Pass(rows, Math.toIntExact(1 + (columns * samples * bits + 7) / 8)));
            }
        }
        return passes;
    }

    /** Inflated rows in a zlib stream of blocks that are not compressed. */
    private final class Rows {
        private final byte[] bytes;
        private final ByteBuffer png;
        private final int start;
        private final int length;

        /**
         * Begins at the position of {@code png}.
         *
         * @param bytes under {@code png}
         */
        Rows(byte[] bytes, ByteBuffer png, int length) {
            this.bytes = bytes;
            this.png = png.putShort(STORED_HEADER);
            this.start = png.position();
            this.length = length;
        }

        private int place(int offset) {
            return start + offset + (offset / STORED + 1) * BEFORE_STORED;
        }

        /** Inflates; how many bytes of whole rows there are. */
        int whole(List<Pass> passes) {
            int there = inflate();
            int offset = 0;
            for (Pass pass : passes) {
                for (int row = 0; row < pass.rows(); row++) {
                    if (pass.rowBytes() > there - offset || (bytes[place(offset)] & 0xff) > MAX_FILTER) {
                        return offset;
                    }
                    offset += pass.rowBytes();
                }
            }
            return offset;
        }

        private int inflate() {
            Inflater inflater = new Inflater();
            try {
                inflater.setInput(data);
                int there = 0;
                int more = 1;
                while (there < length && more > 0) {
                    more = inflater.inflate(bytes, place(there), Math.min(STORED - there % STORED, length - there));
                    there += more;
                }
                return there;
            } catch (DataFormatException e) {
                return (int) inflater.getBytesWritten();
            } finally {
                inflater.end();
            }
        }

        /** Clears what is behind {@code whole} and writes what is around the blocks. */
        void finish(int whole) {
            Adler32 sum = new Adler32();
            for (int offset = 0; offset < length; offset += STORED) {
                int size = Math.min(STORED, length - offset);
                int at = place(offset);
                if (whole < offset + size) {
                    Arrays.fill(bytes, at + Math.max(0, whole - offset), at + size, (byte) 0);
                }
                png.position(at - BEFORE_STORED);
                png.put((byte) (offset + size == length ? 1 : 0));
                png.putShort(Short.reverseBytes((short) size)).putShort(Short.reverseBytes((short) ~size));
                png.position(at + size);
                sum.update(bytes, at, size);
            }
            png.putInt((int) sum.getValue());
        }
    }

    private static void put(byte[] bytes, ByteBuffer to, int type, byte[] data) {
        int start = to.position() + Integer.BYTES;
        to.putInt(data.length).putInt(type).put(data);
        to.putInt(checksum(bytes, start, to.position()));
    }

    private static int checksum(byte[] bytes, int from, int to) {
        CRC32 sum = new CRC32();
        sum.update(bytes, from, to - from);
        return (int) sum.getValue();
    }
}
