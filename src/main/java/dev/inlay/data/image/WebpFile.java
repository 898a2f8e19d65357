package dev.inlay.data.image;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.inlay.data.RawImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * A WebP (RFC 9649): the pixels of its only or first frame, in a file of their own, and where they lie on the canvas. The
 * rest of the canvas is black, as Pillow has it once the alpha is dropped.
 */
final class WebpFile implements ImageFile {
    private static final int RIFF = fourCc("RIFF");
    private static final int WEBP = fourCc("WEBP");
    private static final int LOSSY = fourCc("VP8 ");
    private static final int LOSSLESS = fourCc("VP8L");
    private static final int EXTENDED = fourCc("VP8X");
    private static final int FRAME = fourCc("ANMF");
    private static final int EXIF = fourCc("EXIF");
    private static final int XMP = fourCc("XMP ");
    private static final int BEGINNING = 12;
    private static final int CHUNK_HEADER = 8;
    private static final int CANVAS_BYTES = 10;
    private static final int FRAME_HEADER = 16;
    private static final int ANIMATED = 2;

    private final ByteBuffer in;
    private final ImageLimits limits;
    private long chunks;
    private boolean extended;
    private boolean animated;
    private int canvasWidth;
    private int canvasHeight;
    private int left;
    private int top;
    private int width;
    private int height;
    private byte[] pixels;
    private byte[] exif = {};
    private byte[] xmp = {};

    private WebpFile(byte[] file, ImageLimits limits) {
        this.in = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        this.limits = limits;
    }

    static WebpFile walk(byte[] file, ImageLimits limits) throws IOException {
        WebpFile webp = new WebpFile(file, limits);
        long length = CHUNK_HEADER + Integer.toUnsignedLong(webp.in.getInt(4));
        if (length > file.length) {
            throw new DamagedImageException("its end is missing");
        }
        webp.chunks(BEGINNING, (int) length);
        if (webp.pixels == null) {
            throw new DamagedImageException("a WebP without a frame");
        }
        return webp;
    }

    private static int fourCc(String name) {
        return ByteBuffer.wrap(name.getBytes(ISO_8859_1))
                .order(ByteOrder.LITTLE_ENDIAN)
                .getInt();
    }

    private void chunks(int from, int to) throws IOException {
        int at = from;
        while (to - at >= CHUNK_HEADER) {
            limits.requireChunks(++chunks);
            int type = in.getInt(at);
            long size = Integer.toUnsignedLong(in.getInt(at + Integer.BYTES));
            int data = at + CHUNK_HEADER;
            if (size > to - data) {
                throw new DamagedImageException("its end is missing");
            }
            int end = data + (int) size;
            if (type == EXTENDED && at == BEGINNING) {
                canvas(data, end);
            } else if ((type == LOSSY || type == LOSSLESS) && pixels == null && (!animated || from != BEGINNING)) {
                frame(type, data, end);
            } else if (type == FRAME && animated && pixels == null && from == BEGINNING) {
                animationFrame(data, end);
            } else if (type == EXIF) {
                exif = Arrays.copyOfRange(in.array(), data, end);
            } else if (type == XMP) {
                xmp = Arrays.copyOfRange(in.array(), data, end);
            }
            at = end + (int) (size & 1);
        }
    }

    private void canvas(int data, int end) throws IOException {
        if (end - data < CANVAS_BYTES) {
            throw new DamagedImageException("a WebP with a header that is too short");
        }
        extended = true;
        animated = (in.get(data) & ANIMATED) != 0;
        canvasWidth = 1 + threeBytes(data + 4);
        canvasHeight = 1 + threeBytes(data + 7);
        limits.requireSize(canvasWidth, canvasHeight);
    }

    private void animationFrame(int data, int end) throws IOException {
        if (end - data < FRAME_HEADER) {
            throw new DamagedImageException("a frame that is too short");
        }
        left = 2 * threeBytes(data);
        top = 2 * threeBytes(data + 3);
        chunks(data + FRAME_HEADER, end);
        if (pixels == null || width != 1 + threeBytes(data + 6) || height != 1 + threeBytes(data + 9)) {
            throw new DamagedImageException("a frame of another size than its header says");
        }
    }

    private void frame(int type, int data, int end) throws IOException {
        if (type == LOSSY) {
            if (end - data < 10 || threeBytes(data + 3) != 0x2A019D) {
                throw new DamagedImageException("a lossy frame without a header");
            }
            width = in.getShort(data + 6) & 0x3fff;
            height = in.getShort(data + 8) & 0x3fff;
        } else {
            if (end - data < 5 || in.get(data) != 0x2F) {
                throw new DamagedImageException("a lossless frame without a header");
            }
            int sizes = in.getInt(data + 1);
            width = 1 + (sizes & 0x3fff);
            height = 1 + (sizes >> 14 & 0x3fff);
        }
        limits.requireSize(width, height);
        if (!extended) {
            canvasWidth = width;
            canvasHeight = height;
        }
        if (animated
                ? left + width > canvasWidth || top + height > canvasHeight
                : width != canvasWidth || height != canvasHeight) {
            throw new DamagedImageException("a frame that does not fit its canvas");
        }
        int padding = end - data & 1;
        pixels = ByteBuffer.allocate(BEGINNING + CHUNK_HEADER + end - data + padding)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(RIFF)
                .putInt(BEGINNING + end - data + padding)
                .putInt(WEBP)
                .putInt(type)
                .putInt(end - data)
                .put(in.array(), data, end - data)
                .array();
    }

    private int threeBytes(int at) {
        return in.getShort(at) & 0xffff | (in.get(at + 2) & 0xff) << 16;
    }

    @Override
    public Orientation orientation() {
        return Orientation.of(exif, xmp);
    }

    @Override
    public RawImage pixels() throws IOException {
        RawImage frame = NativeDecoder.decode(pixels, width, height);
        if (width == canvasWidth && height == canvasHeight) {
            return frame;
        }
        byte[] rgb = new byte[canvasWidth * canvasHeight * 3];
        for (int y = 0; y < height; y++) {
            System.arraycopy(frame.rgb(), y * width * 3, rgb, ((top + y) * canvasWidth + left) * 3, width * 3);
        }
        return new RawImage(canvasWidth, canvasHeight, rgb);
    }

    @Override
    public RawImage pixelsSoFar() throws IOException {
        throw new DamagedImageException("nothing can be had of a WebP that is not whole");
    }
}
