package dev.inlay.data.image;

import dev.inlay.data.RawImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Set;

/** A BMP of Windows or OS/2: plain, with masks, or run-length coded; not one that holds a JPEG or PNG. */
final class BmpFile implements ImageFile {
    private static final int FILE_HEADER = 14;
    private static final int CORE_HEADER = 12;
    private static final int INFO_HEADER = 40;
    private static final int PLAIN = 0;
    private static final int RUN_LENGTHS_4 = 2;
    private static final int MASKS = 3;
    private static final int MAX_COLOURS = 256;
    private static final Set<Integer> BITS = Set.of(1, 4, 8, 16, 24, 32);

    private final byte[] file;
    private final int width;
    private final int height;

    /** Where the last row ends; 0 if it is run-length coded. */
    private final long end;

    private final int rowBytes;

    private BmpFile(byte[] file, int width, int height, int rowBytes, long end) {
        this.file = file;
        this.width = width;
        this.height = height;
        this.rowBytes = rowBytes;
        this.end = end;
    }

    static BmpFile walk(byte[] file, ImageLimits limits) throws IOException {
        ByteBuffer in = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        if (file.length < FILE_HEADER + CORE_HEADER) {
            throw new DamagedImageException("a BMP without a header");
        }
        int header = in.getInt(FILE_HEADER);
        boolean core = header == CORE_HEADER;
        if (!core && (header < 16 || header > 124 || file.length < FILE_HEADER + Math.max(header, CORE_HEADER))) {
            throw new DamagedImageException("a BMP with a header of " + header + " bytes");
        }
        int at = FILE_HEADER + Integer.BYTES;
        long width = core ? Short.toUnsignedInt(in.getShort(at)) : in.getInt(at);
        long height = core ? Short.toUnsignedInt(in.getShort(at + 2)) : Math.abs((long) in.getInt(at + 4));
        limits.requireSize(width, height);
        int bits = Short.toUnsignedInt(in.getShort(at + (core ? 6 : 10)));
        int compression = header < INFO_HEADER ? PLAIN : in.getInt(FILE_HEADER + 16);
        if (compression < PLAIN || compression > MASKS) {
            throw new RefusedImageException(
                    "BMP files of compression " + compression + " are not read; save the image as PNG");
        }
        long colours = header < INFO_HEADER ? 0 : Integer.toUnsignedLong(in.getInt(FILE_HEADER + 32));
        if (colours > MAX_COLOURS) {
            throw new DamagedImageException("a palette of " + colours + " colours");
        }
        if (!BITS.contains(bits)) {
            throw new DamagedImageException("pixels of " + bits + " bits");
        }
        boolean runs = compression != PLAIN && compression <= RUN_LENGTHS_4;
        long rowBytes = (width * bits + 31) / 32 * 4;
        long start = Integer.toUnsignedLong(in.getInt(10));
        return new BmpFile(
                runs ? withRightSizes(file, start) : file,
                (int) width,
                (int) height,
                (int) rowBytes,
                runs ? 0 : start + rowBytes * height);
    }

    /** The reader believes what the headers say of the file's length and of the runs'. */
    private static byte[] withRightSizes(byte[] file, long start) throws DamagedImageException {
        if (start > file.length) {
            throw new DamagedImageException("its end is missing");
        }
        byte[] right = file.clone();
        ByteBuffer.wrap(right)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(2, file.length)
                .putInt(FILE_HEADER + 20, file.length - (int) start);
        return right;
    }

    @Override
    public Orientation orientation() {
        return Orientation.AS_STORED;
    }

    @Override
    public RawImage pixels() throws IOException {
        if (end > file.length) {
            throw new TruncatedImageException("its end is missing");
        }
        return decode(file);
    }

    @Override
    public RawImage pixelsSoFar() throws IOException {
        long start = end - (long) rowBytes * height;
        if (end > Integer.MAX_VALUE - 8 || end == 0 || start + rowBytes > file.length) {
            throw new DamagedImageException("it ends in front of its pixels");
        }
        long rows = (file.length - start) / rowBytes;
        int there = (int) (start + rows * rowBytes);
        return decode(Arrays.copyOf(Arrays.copyOf(file, there), (int) end));
    }

    private RawImage decode(byte[] whole) throws IOException {
        RawImage image = JavaReader.BMP.read(whole, reader -> Samples.toRgb(reader.read(0)));
        if (image.width() != width || image.height() != height) {
            throw new DamagedImageException("its header and its data do not belong together");
        }
        return image;
    }
}
