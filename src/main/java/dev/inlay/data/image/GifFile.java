package dev.inlay.data.image;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.inlay.data.RawImage;
import java.awt.image.BufferedImage;
import java.awt.image.DataBufferByte;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import javax.imageio.ImageReadParam;

/**
 * A GIF (87a, 89a): its first frame on its canvas, and nothing behind it. As in Pillow, the canvas grows where the frame does
 * not fit, is filled with the transparent colour of the frame, or else its first, and is grey where there is no palette.
 */
final class GifFile implements ImageFile {
    private static final int SCREEN_BYTES = 13;
    private static final int FRAME_BYTES = 10;
    private static final int EXTENSION = 0x21;
    private static final int GRAPHIC_CONTROL = 0xF9;
    private static final int FRAME = 0x2C;
    private static final int HAS_PALETTE = 0x80;
    private static final int INTERLACED = 0x40;
    private static final int COLOURS = 256;

    private final ByteBuffer in;
    private final ImageLimits limits;
    private long chunks;
    private int background;
    private byte[] palette;
    private int canvasWidth;
    private int canvasHeight;
    private int left;
    private int top;
    private int width;
    private int height;
    private byte[] frame;
    private boolean cut;

    private GifFile(byte[] file, ImageLimits limits) {
        this.in = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        this.limits = limits;
    }

    static GifFile walk(byte[] file, ImageLimits limits) throws IOException {
        GifFile gif = new GifFile(file, limits);
        gif.walk();
        return gif;
    }

    private void walk() throws IOException {
        requireMore(SCREEN_BYTES);
        canvasWidth = Short.toUnsignedInt(in.getShort(6));
        canvasHeight = Short.toUnsignedInt(in.getShort(8));
        palette = grey();
        int flags = in.get(10);
        in.position(SCREEN_BYTES);
        readPalette(flags);
        while (frame == null) {
            limits.requireChunks(++chunks);
            requireMore(1);
            int kind = in.get() & 0xff;
            if (kind == EXTENSION) {
                requireMore(1);
                extension(in.get() & 0xff);
            } else if (kind == FRAME) {
                readFrame();
            } else if (kind == 0x3B) {
                throw new DamagedImageException("a GIF without a frame");
            }
        }
    }

    private void requireMore(int bytes) throws IOException {
        if (in.remaining() < bytes) {
            throw new DamagedImageException("it ends in front of its pixels");
        }
    }

    private static byte[] grey() {
        byte[] palette = new byte[3 * COLOURS];
        for (int i = 0; i < palette.length; i++) {
            palette[i] = (byte) (i / 3);
        }
        return palette;
    }

    private void readPalette(int flags) throws IOException {
        if ((flags & HAS_PALETTE) != 0) {
            int bytes = 3 << (flags & 7) + 1;
            requireMore(bytes);
            palette = grey();
            in.get(palette, 0, bytes);
        }
    }

    private void extension(int label) throws IOException {
        boolean first = true;
        requireMore(1);
        for (int size = in.get() & 0xff; size != 0; size = in.get() & 0xff) {
            requireMore(size + 1);
            if (label == GRAPHIC_CONTROL && first && size >= 4 && (in.get(in.position()) & 1) != 0) {
                background = in.get(in.position() + 3) & 0xff;
            }
            first = false;
            in.position(in.position() + size);
        }
    }

    private void readFrame() throws IOException {
        requireMore(FRAME_BYTES);
        left = Short.toUnsignedInt(in.getShort());
        top = Short.toUnsignedInt(in.getShort());
        width = Short.toUnsignedInt(in.getShort());
        height = Short.toUnsignedInt(in.getShort());
        int flags = in.get();
        limits.requireSize(width, height);
        canvasWidth = Math.max(canvasWidth, left + width);
        canvasHeight = Math.max(canvasHeight, top + height);
        limits.requireSize(canvasWidth, canvasHeight);
        readPalette(flags);
        requireMore(1);
        int start = in.position();
        in.get();
        int size = -1;
        int last = start;
        while (size != 0 && in.hasRemaining()) {
            last = in.position();
            size = in.get() & 0xff;
            in.position(Math.min(in.limit(), in.position() + size));
        }
        cut = size != 0;
        // as Pillow, without a block that is not whole
        frame = Arrays.copyOfRange(in.array(), start, cut ? last + 1 : in.position());
        frame[frame.length - 1] = 0;
        frame = ByteBuffer.allocate(SCREEN_BYTES + FRAME_BYTES + 3 * COLOURS + frame.length + 1)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put("GIF89a".getBytes(ISO_8859_1))
                .putShort((short) width)
                .putShort((short) height)
                .put(new byte[] {0, 0, 0, FRAME})
                .putInt(0)
                .putShort((short) width)
                .putShort((short) height)
                .put((byte) (HAS_PALETTE | flags & INTERLACED | 7))
                .put(grey())
                .put(frame)
                .put((byte) 0x3B)
                .array();
    }

    @Override
    public Orientation orientation() {
        return Orientation.AS_STORED;
    }

    @Override
    public RawImage pixels() throws IOException {
        if (cut) {
            throw new TruncatedImageException("its end is missing");
        }
        try {
            return onCanvas(indices(false));
        } catch (DamagedImageException e) {
            throw new TruncatedImageException(e.getMessage());
        }
    }

    @Override
    public RawImage pixelsSoFar() throws IOException {
        return onCanvas(indices(true));
    }

    private byte[] indices(boolean soFar) throws DamagedImageException {
        return JavaReader.GIF.read(frame, reader -> {
            BufferedImage image = reader.getImageTypes(0).next().createBufferedImage(width, height);
            byte[] indices = ((DataBufferByte) image.getRaster().getDataBuffer()).getData();
            Arrays.fill(indices, (byte) background);
            ImageReadParam into = reader.getDefaultReadParam();
            into.setDestination(image);
            try {
                reader.read(0, into);
            } catch (IOException | RuntimeException e) {
                if (!soFar) {
                    throw e;
                }
            }
            return indices;
        });
    }

    private RawImage onCanvas(byte[] indices) {
        byte[] rgb = new byte[canvasWidth * canvasHeight * 3];
        if (width < canvasWidth || height < canvasHeight) {
            for (int to = 0; to < rgb.length; to += 3) {
                System.arraycopy(palette, background * 3, rgb, to, 3);
            }
        }
        for (int y = 0, from = 0; y < height; y++) {
            for (int to = ((top + y) * canvasWidth + left) * 3, x = 0; x < width; x++, to += 3) {
                int colour = (indices[from++] & 0xff) * 3;
                rgb[to] = palette[colour];
                rgb[to + 1] = palette[colour + 1];
                rgb[to + 2] = palette[colour + 2];
            }
        }
        return new RawImage(canvasWidth, canvasHeight, rgb);
    }
}
