package dev.inlay.data.image;

/**
 * Which colours the components of a JPEG stand for, by the rules of libjpeg's {@code default_decompress_parms}.
 *
 * @param luminanceFirst true for YCbCr and YCCK, false for RGB and CMYK
 */
record JpegColors(boolean luminanceFirst) {
    private static final int APP0 = 0xE0;
    private static final int APP14 = 0xEE;
    private static final int START_OF_SCAN = 0xDA;
    private static final int ABSENT = -1;

    /** Reads the markers in front of the first scan of a file that has {@code components} components. */
    static JpegColors of(byte[] file, int components) {
        boolean jfif = false;
        int adobeTransform = ABSENT;
        boolean namedRgb = false;
        int at = 2;
        while (at + 4 <= file.length) {
            int marker = file[at + 1] & 0xff;
            if ((file[at] & 0xff) != 0xff || marker == 0xff) {
                at++;
                continue;
            }
            if (marker == START_OF_SCAN) {
                break;
            }
            int length = ((file[at + 2] & 0xff) << 8) | (file[at + 3] & 0xff);
            int data = at + 4;
            if (marker == APP0) {
                jfif |= startsWith(file, data, "JFIF\0");
            } else if (marker == APP14 && length >= 14 && startsWith(file, data, "Adobe") && data + 11 < file.length) {
                adobeTransform = file[data + 11] & 0xff;
            } else if (isFrame(marker) && data + 12 < file.length) {
                namedRgb = file[data + 6] == 'R' && file[data + 9] == 'G' && file[data + 12] == 'B';
            }
            at += 2 + length;
        }
        if (components == 4) {
            return new JpegColors(adobeTransform == 2);
        }
        if (jfif) {
            return new JpegColors(true);
        }
        return new JpegColors(adobeTransform == ABSENT ? !namedRgb : adobeTransform != 0);
    }

    private static boolean isFrame(int marker) {
        return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
    }

    private static boolean startsWith(byte[] file, int at, String text) {
        for (int i = 0; i < text.length(); i++) {
            if (at + i >= file.length || file[at + i] != text.charAt(i)) {
                return false;
            }
        }
        return true;
    }
}
