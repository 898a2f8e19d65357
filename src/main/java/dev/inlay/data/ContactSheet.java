package dev.inlay.data;

import dev.inlay.error.InlayException;
import dev.inlay.file.AtomicFile;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.ImageIO;

/** Images of one size side by side, for people to look at. */
public final class ContactSheet {
    private static final int GAP = 4;

    private ContactSheet() {}

    /**
     * Writes a PNG file with the first images of every class: a row per class, in the order of the labels.
     *
     * @param dataset images of one size
     * @param perClass how many of each class, fewer where the class has fewer
     * @throws InlayException if the file cannot be written
     */
    public static void write(Dataset dataset, int perClass, Path file) {
        List<List<RawImage>> rows = new ArrayList<>();
        dataset.classNames().forEach(name -> rows.add(new ArrayList<>()));
        for (int i = 0; i < dataset.size(); i++) {
            List<RawImage> row = rows.get(dataset.label(i));
            if (row.size() < perClass) {
                row.add(dataset.image(i));
            }
        }
        write(rows, perClass, file);
    }

    /**
     * Writes a PNG file.
     *
     * @param rows images of one size, at least one
     * @param columns at least as many as the images of a row
     * @throws InlayException if the file cannot be written
     */
    public static void write(List<List<RawImage>> rows, int columns, Path file) {
        AtomicFile.write(file, out -> {
            ByteBuffer png = ByteBuffer.wrap(png(sheet(rows, columns)));
            while (png.hasRemaining()) {
                out.write(png);
            }
        });
    }

    private static BufferedImage sheet(List<List<RawImage>> rows, int columns) {
        RawImage first = rows.stream().flatMap(List::stream).findFirst().orElseThrow();
        int columnWidth = first.width() + GAP;
        int rowHeight = first.height() + GAP;
        BufferedImage sheet = new BufferedImage(
                columns * columnWidth + GAP, rows.size() * rowHeight + GAP, BufferedImage.TYPE_INT_RGB);
        for (int row = 0; row < rows.size(); row++) {
            for (int column = 0; column < rows.get(row).size(); column++) {
                paste(rows.get(row).get(column), sheet, GAP + column * columnWidth, GAP + row * rowHeight);
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
