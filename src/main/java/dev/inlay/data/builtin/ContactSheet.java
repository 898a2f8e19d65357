package dev.inlay.data.builtin;

import dev.inlay.data.Dataset;
import dev.inlay.data.RawImage;
import dev.inlay.error.InlayException;
import dev.inlay.file.AtomicFile;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import javax.imageio.ImageIO;

/** Images of a data set side by side, for people to look at: a row per class, in the order of the labels. */
public final class ContactSheet {
    private static final int GAP = 4;

    private ContactSheet() {}

    /**
     * Writes a PNG file with the first images of every class.
     *
     * @param dataset images of one size
     * @param perClass how many of each class, fewer where the class has fewer
     * @throws InlayException if the file cannot be written
     */
    public static void write(Dataset dataset, int perClass, Path file) {
        AtomicFile.write(file, out -> {
            ByteBuffer png = ByteBuffer.wrap(png(sheet(dataset, perClass)));
            while (png.hasRemaining()) {
                out.write(png);
            }
        });
    }

    private static BufferedImage sheet(Dataset dataset, int perClass) {
        int classes = dataset.classNames().size();
        int[] shown = new int[classes];
        RawImage first = dataset.image(0);
        int columnWidth = first.width() + GAP;
        int rowHeight = first.height() + GAP;
        BufferedImage sheet =
                new BufferedImage(perClass * columnWidth + GAP, classes * rowHeight + GAP, BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < dataset.size(); i++) {
            int label = dataset.label(i);
            if (shown[label] < perClass) {
                paste(dataset.image(i), sheet, GAP + shown[label] * columnWidth, GAP + label * rowHeight);
                shown[label]++;
            }
        }
        return sheet;
    }

    private static void paste(RawImage image, BufferedImage sheet, int left, int top) {
        byte[] rgb = image.rgb();
        for (int y = 0, i = 0; y < image.height(); y++) {
            for (int x = 0; x < image.width(); x++, i += 3) {
                int pixel = ((rgb[i] & 0xFF) << 16) | ((rgb[i + 1] & 0xFF) << 8) | (rgb[i + 2] & 0xFF);
                sheet.setRGB(left + x, top + y, pixel);
            }
        }
    }

    private static byte[] png(BufferedImage sheet) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            if (!ImageIO.write(sheet, "png", bytes)) {
                throw new IllegalStateException("this Java cannot write PNG");
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }
}
