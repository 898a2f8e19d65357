package dev.inlay.data.image;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.inlay.data.RawImage;
import java.io.IOException;
import java.util.Arrays;

/** A JPEG (ITU-T T.81): its tables, frame and scans up to the first end marker, and the two markers that name its colours. */
final class JpegFile implements ImageFile {
    private static final int START = 0xD8;
    private static final int END = 0xD9;
    private static final int START_OF_SCAN = 0xDA;
    private static final int TABLES = 0xC4;
    private static final int ARITHMETIC = 0xCC;
    private static final int APP0 = 0xE0;
    private static final int APP1 = 0xE1;
    private static final int APP14 = 0xEE;
    private static final int APP15 = 0xEF;
    private static final int COMMENT = 0xFE;
    private static final byte[] XMP = "http://ns.adobe.com/xap/1.0/\0".getBytes(ISO_8859_1);

    private final byte[] file;
    private final ImageLimits limits;
    private final byte[] kept;
    private int length;
    private int at;
    private boolean ended;
    private Frame frame;
    private int scans;
    private long visited;
    private byte[] exif = {};
    private byte[] xmp = {};

    /**
     * What the frame header says.
     *
     * @param samples of each component in the image, by its place
     * @param ids of the components
     */
    private record Frame(int width, int height, long[] samples, int[] ids) {}

    private JpegFile(byte[] file, ImageLimits limits) {
        this.file = file;
        this.limits = limits;
        this.kept = new byte[file.length];
    }

    static JpegFile walk(byte[] file, ImageLimits limits) throws IOException {
        JpegFile jpeg = new JpegFile(file, limits);
        jpeg.walk();
        return jpeg;
    }

    private void walk() throws IOException {
        keep(0, 2);
        at = 2;
        for (long segments = 1; !ended; segments++) {
            limits.requireChunks(segments);
            int marker = nextMarker();
            if (marker < 0) {
                break;
            }
            if (marker == END) {
                ended = true;
            } else if (!standsAlone(marker) && !segment(marker)) {
                break;
            }
        }
        if (frame == null) {
            throw new DamagedImageException("a JPEG without a frame");
        }
    }

    /** Reads over a marker; whatever is in front of it is left out. Negative at the end. */
    private int nextMarker() {
        while (at + 1 < file.length) {
            int marker = file[at + 1] & 0xff;
            if (file[at] == (byte) 0xff && marker != 0 && marker != 0xff) {
                at += 2;
                return marker;
            }
            at++;
        }
        return -1;
    }

    private static boolean standsAlone(int marker) {
        return marker == 1 || marker >= 0xD0 && marker <= START;
    }

    /** False if the file ends in it. */
    private boolean segment(int marker) throws IOException {
        int start = at - 2;
        if (at + 2 > file.length) {
            return false;
        }
        int end = at + unsignedShort(at);
        if (end < at + 2) {
            throw new DamagedImageException("a segment of " + unsignedShort(at) + " bytes");
        }
        if (end > file.length) {
            return false;
        }
        int data = at + 2;
        at = end;
        if (marker == APP1) {
            metadata(data, end);
        } else if (isKept(marker, data, end)) {
            if (isFrame(marker)) {
                frame(marker, data, end);
            }
            keep(start, end);
            if (marker == START_OF_SCAN) {
                scan(data, end);
            }
        }
        return true;
    }

    private boolean isKept(int marker, int data, int end) {
        return switch (marker) {
            case APP0 -> startsWith(data, end, "JFIF\0".getBytes(ISO_8859_1));
            case APP14 -> startsWith(data, end, "Adobe".getBytes(ISO_8859_1));
            case COMMENT -> false;
            default -> marker < APP0 || marker > APP15;
        };
    }

    private void metadata(int data, int end) {
        if (exif.length == 0 && startsWith(data, end, "Exif\0".getBytes(ISO_8859_1))) {
            exif = Arrays.copyOfRange(file, data, end);
        } else if (startsWith(data, end, XMP)) {
            xmp = Arrays.copyOfRange(file, data + XMP.length, end);
        }
    }

    private static boolean isFrame(int marker) {
        return marker >= 0xC0 && marker <= 0xCF && marker != TABLES && marker != 0xC8 && marker != ARITHMETIC;
    }

    private void frame(int marker, int data, int end) throws IOException {
        if (frame != null) {
            throw new DamagedImageException("a second frame");
        }
        if (marker != 0xC0 && marker != 0xC1 && marker != 0xC2 && marker != 0xC3 && marker != 0xC9 && marker != 0xCA) {
            throw new RefusedImageException("hierarchical JPEG files are not read; save the image anew");
        }
        if (end - data < 6 || end - data < 6 + 3 * (file[data + 5] & 0xff)) {
            throw new DamagedImageException("a frame header that is too short");
        }
        int precision = file[data] & 0xff;
        if (precision != 8) {
            throw new RefusedImageException(
                    "JPEG files of " + precision + " bits a sample are not read; save the image with 8");
        }
        int height = unsignedShort(data + 1);
        int width = unsignedShort(data + 3);
        limits.requireSize(width, height);
        int components = file[data + 5] & 0xff;
        if (components != 1 && components != 3 && components != 4) {
            throw new RefusedImageException("JPEG files of " + components + " colour components are not read");
        }
        int across = 1;
        int down = 1;
        for (int i = 0; i < components; i++) {
            int factors = file[data + 7 + 3 * i] & 0xff;
            across = Math.max(across, factors >> 4);
            down = Math.max(down, factors & 15);
        }
        long[] samples = new long[components];
        int[] ids = new int[components];
        for (int i = 0; i < components; i++) {
            int factors = file[data + 7 + 3 * i] & 0xff;
            ids[i] = file[data + 6 + 3 * i] & 0xff;
            samples[i] = (long) width * height * (factors >> 4) * (factors & 15) / ((long) across * down);
        }
        frame = new Frame(width, height, samples, ids);
    }

    /** Counts a scan and keeps its data, up to the next marker that is not part of them. */
    private void scan(int data, int end) throws IOException {
        if (frame == null) {
            throw new DamagedImageException("a scan in front of the frame");
        }
        int components = data < end ? file[data] & 0xff : 0;
        for (int i = 0; i < components && data + 1 + 2 * i < end; i++) {
            int id = file[data + 1 + 2 * i] & 0xff;
            for (int c = 0; c < frame.ids().length; c++) {
                visited += frame.ids()[c] == id ? frame.samples()[c] : 0;
            }
        }
        limits.requireScans(++scans, visited);
        int from = at;
        while (at + 1 < file.length && !(file[at] == (byte) 0xff && endsScan(file[at + 1] & 0xff))) {
            at++;
        }
        if (at + 1 >= file.length) {
            at = file.length;
        }
        keep(from, at);
    }

    private static boolean endsScan(int marker) {
        return marker != 0 && marker != 0xff && (marker < 0xD0 || marker > 0xD7);
    }

    private void keep(int from, int to) {
        System.arraycopy(file, from, kept, length, to - from);
        length += to - from;
    }

    private int unsignedShort(int index) {
        return (file[index] & 0xff) << 8 | file[index + 1] & 0xff;
    }

    private boolean startsWith(int from, int to, byte[] text) {
        return to - from >= text.length && Arrays.equals(file, from, from + text.length, text, 0, text.length);
    }

    @Override
    public Orientation orientation() {
        return Orientation.of(exif, xmp);
    }

    @Override
    public RawImage pixels() throws IOException {
        if (!ended || scans == 0) {
            throw new TruncatedImageException("its end is missing");
        }
        try {
            return withEnd();
        } catch (DamagedImageException e) {
            throw new TruncatedImageException(e.getMessage());
        }
    }

    @Override
    public RawImage pixelsSoFar() throws IOException {
        if (scans == 0) {
            throw new DamagedImageException("it ends in front of its pixels");
        }
        return withEnd();
    }

    private RawImage withEnd() throws IOException {
        byte[] whole = Arrays.copyOf(kept, length + 2);
        whole[length] = (byte) 0xff;
        whole[length + 1] = (byte) END;
        return frame.ids().length == 1
                ? NativeDecoder.decodeGrey(whole, frame.width(), frame.height())
                : NativeDecoder.decode(whole, frame.width(), frame.height());
    }
}
