package dev.inlay.data.image;

import dev.inlay.data.RawImage;
import dev.inlay.error.InlayException;
import dev.inlay.tensor.LibTorch;
import java.io.IOException;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.opencv.global.opencv_core;
import org.bytedeco.opencv.global.opencv_imgcodecs;
import org.bytedeco.opencv.opencv_core.Mat;

/**
 * libjpeg-turbo, libpng and libwebp as OpenCV brings them. OpenCV picks the library by how the bytes begin, so only files
 * that were walked may come here. Its own threads are off: images are decoded side by side.
 */
final class NativeDecoder {
    private NativeDecoder() {}

    /** Loaded once, when the first image asks. */
    private static final class Library {
        static {
            LibTorch.loadBeside(opencv_imgcodecs.class, "OpenCV");
            opencv_core.setNumThreads(0);
        }

        private Library() {}

        static void load() {}
    }

    /**
     * Decodes a JPEG, PNG or WebP that was walked: 8-bit RGB, alpha dropped.
     *
     * @throws DamagedImageException if the library cannot decode all of it
     * @throws InlayException if the natives of this platform are missing
     */
    static RawImage decode(byte[] file, int width, int height) throws IOException {
        return new RawImage(width, height, decode(file, width, height, 3));
    }

    /** The same of a file that has no colours: decoded as it is, and repeated three times. */
    static RawImage decodeGrey(byte[] file, int width, int height) throws IOException {
        byte[] grey = decode(file, width, height, 1);
        byte[] rgb = new byte[3 * grey.length];
        for (int i = 0, to = 0; i < grey.length; i++) {
            rgb[to++] = grey[i];
            rgb[to++] = grey[i];
            rgb[to++] = grey[i];
        }
        return new RawImage(width, height, rgb);
    }

    private static byte[] decode(byte[] file, int width, int height, int channels) throws IOException {
        Library.load();
        try (PointerScope scope = new PointerScope()) {
            Mat encoded = new Mat(1, file.length, opencv_core.CV_8UC1, new BytePointer(file));
            Mat pixels = opencv_imgcodecs.imdecode(
                    encoded,
                    opencv_imgcodecs.IMREAD_IGNORE_ORIENTATION
                            | (channels == 1 ? opencv_imgcodecs.IMREAD_GRAYSCALE : opencv_imgcodecs.IMREAD_COLOR_RGB));
            if (pixels.empty()) {
                throw new DamagedImageException("its data cannot be decoded to the end");
            }
            if (pixels.cols() != width || pixels.rows() != height || pixels.type() != opencv_core.CV_8UC(channels)) {
                throw new DamagedImageException("its header and its data do not belong together");
            }
            byte[] samples = new byte[width * height * channels];
            pixels.data().get(samples);
            return samples;
        }
    }
}
