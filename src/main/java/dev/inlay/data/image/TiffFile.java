package dev.inlay.data.image;

import dev.inlay.data.RawImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Set;
import java.util.TreeMap;

/**
 * A TIFF (revision 6): its first page, with the tags that say how the pixels are stored in a directory of their own at the end
 * of the file. So the reader sees no other page, no profile and no metadata.
 */
final class TiffFile implements ImageFile {
    private static final int WIDTH = 256;
    private static final int HEIGHT = 257;
    private static final int BITS = 258;
    private static final int COMPRESSION = 259;
    private static final int PHOTOMETRIC = 262;
    private static final int STRIP_OFFSETS = 273;
    private static final int ORIENTATION = 274;
    private static final int SAMPLES = 277;
    private static final int STRIP_BYTES = 279;
    private static final int PLANES = 284;
    private static final int TILE_WIDTH = 322;
    private static final int TILE_HEIGHT = 323;
    private static final int TILE_OFFSETS = 324;
    private static final int TILE_BYTES = 325;
    private static final int SAMPLE_FORMAT = 339;
    private static final int XMP = 700;

    /** What the pixels need. */
    private static final Set<Integer> KEPT = Set.of(
            WIDTH,
            HEIGHT,
            BITS,
            COMPRESSION,
            PHOTOMETRIC,
            266,
            STRIP_OFFSETS,
            SAMPLES,
            278,
            STRIP_BYTES,
            PLANES,
            292,
            293,
            317,
            320,
            TILE_WIDTH,
            TILE_HEIGHT,
            TILE_OFFSETS,
            TILE_BYTES,
            332,
            338,
            SAMPLE_FORMAT,
            529,
            530,
            532);

    /** None, CCITT, LZW, Deflate (two numbers), PackBits. */
    private static final Set<Long> COMPRESSIONS = Set.of(1L, 2L, 3L, 4L, 5L, 8L, 32946L, 32773L);

    private static final int ENTRY = 12;
    private static final int CMYK = 5;
    private static final int[] SIZES = {0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4};

    private final ByteBuffer in;
    private final ImageLimits limits;
    private final TreeMap<Integer, Entry> entries = new TreeMap<>();
    private int width;
    private int height;

    /**
     * A tag of the directory.
     *
     * @param at where its value lies
     */
    private record Entry(int type, long count, int position, long at) {}

    private TiffFile(byte[] file, ImageLimits limits) {
        this.in = ByteBuffer.wrap(file).order(file[0] == 'I' ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
        this.limits = limits;
    }

    static TiffFile walk(byte[] file, ImageLimits limits) throws IOException {
        TiffFile tiff = new TiffFile(file, limits);
        tiff.walk();
        return tiff;
    }

    private void walk() throws IOException {
        if (in.limit() < 8 || in.getShort(2) != 42) {
            throw new RefusedImageException("BigTIFF files are not read; save the image as TIFF or PNG");
        }
        long directory = Integer.toUnsignedLong(in.getInt(4));
        requireInside(directory, Short.BYTES);
        int count = Short.toUnsignedInt(in.getShort((int) directory));
        requireInside(directory + Short.BYTES, (long) count * ENTRY);
        for (int i = 0, at = (int) directory + Short.BYTES; i < count; i++, at += ENTRY) {
            int type = Short.toUnsignedInt(in.getShort(at + 2));
            long values = Integer.toUnsignedLong(in.getInt(at + 4));
            long bytes = type < SIZES.length ? values * SIZES[type] : 0;
            long position = bytes <= Integer.BYTES ? at + 8 : Integer.toUnsignedLong(in.getInt(at + 8));
            if (bytes > 0 && position + bytes <= in.limit()) {
                entries.putIfAbsent(Short.toUnsignedInt(in.getShort(at)), new Entry(type, values, at, position));
            }
        }
        requirePixels();
    }

    private void requireInside(long start, long bytes) throws IOException {
        if (start + bytes > in.limit()) {
            throw new DamagedImageException("its directory of tags is missing");
        }
    }

    /** The first value of a tag of whole numbers. */
    private long value(int tag, long otherwise) {
        Entry entry = entries.get(tag);
        if (entry == null) {
            return otherwise;
        }
        int at = (int) entry.at();
        return switch (entry.type()) {
            case 1 -> in.get(at) & 0xff;
            case 3 -> Short.toUnsignedInt(in.getShort(at));
            case 4 -> Integer.toUnsignedLong(in.getInt(at));
            default -> otherwise;
        };
    }

    private void requirePixels() throws IOException {
        long wide = value(WIDTH, 0);
        long high = value(HEIGHT, 0);
        limits.requireSize(wide, high);
        width = (int) wide;
        height = (int) high;
        long compression = value(COMPRESSION, 1);
        if (!COMPRESSIONS.contains(compression)) {
            throw new RefusedImageException("TIFF files of compression " + compression
                    + " are not read; save the image as PNG, or as TIFF with LZW or Deflate");
        }
        long samples = value(SAMPLES, 1);
        long bits = value(BITS, 1);
        long format = value(SAMPLE_FORMAT, 1);
        if (samples < 1 || samples > 8 || bits > 16 || format != 1) {
            throw new RefusedImageException("TIFF files of " + samples + " samples of " + bits + " bits"
                    + (format == 1 ? "" : " and format " + format)
                    + " are not read; save the image with 8 bits a sample");
        }
        boolean tiled = entries.containsKey(TILE_OFFSETS);
        if (tiled) {
            long tile = value(TILE_WIDTH, 0) * value(TILE_HEIGHT, 0);
            long around = (wide + 15) / 16 * 16 * ((high + 15) / 16 * 16);
            if (tile < 1 || tile > Math.max(around, 1 << 20)) {
                throw new DamagedImageException("tiles that are larger than the image");
            }
        }
        Entry offsets = entries.get(tiled ? TILE_OFFSETS : STRIP_OFFSETS);
        if (offsets == null) {
            throw new DamagedImageException("it says nowhere where its pixels are");
        }
        limits.requireChunks(offsets.count());
    }

    @Override
    public Orientation orientation() {
        long tag = value(ORIENTATION, 0);
        if (tag >= 1 && tag <= 8) {
            return new Orientation((int) tag);
        }
        Entry xmp = entries.get(XMP);
        byte[] packet = new byte[xmp == null ? 0 : (int) xmp.count() * SIZES[xmp.type()]];
        if (xmp != null) {
            in.get((int) xmp.at(), packet);
        }
        return Orientation.of(new byte[0], packet);
    }

    @Override
    public RawImage pixels() throws IOException {
        RawImage image = JavaReader.TIFF.read(
                firstPage(),
                reader -> value(PHOTOMETRIC, 0) == CMYK
                        ? Samples.cmyk(reader.readRaster(0, null))
                        : Samples.toRgb(reader.read(0)));
        if (image.width() != width || image.height() != height) {
            throw new DamagedImageException("its directory and its data do not belong together");
        }
        return image;
    }

    @Override
    public RawImage pixelsSoFar() throws IOException {
        throw new DamagedImageException("nothing can be had of a TIFF that is not whole");
    }

    /** The file, its header pointing to a directory behind it that has nothing but what the pixels need. */
    private byte[] firstPage() {
        TreeMap<Integer, Entry> kept = new TreeMap<>(entries);
        kept.keySet().retainAll(KEPT);
        int even = in.limit() + (in.limit() & 1);
        ByteBuffer out = ByteBuffer.allocate(even + Short.BYTES + kept.size() * ENTRY + Integer.BYTES)
                .order(in.order())
                .put(in.array());
        out.putInt(4, even).position(even).putShort((short) kept.size());
        kept.values().forEach(entry -> out.put(in.array(), entry.position(), ENTRY));
        return out.array();
    }
}
