package dev.inlay.report;

import dev.inlay.file.AtomicFile;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** A page of small images in rows, in the look of all pages; it holds copies, so it can be moved. */
public final class GalleryPage {
    private static final int MAX_ROWS = 100;
    private static final int MAX_IN_ROW = 24;
    private static final int MAX_ID = 48;

    private GalleryPage() {}

    /**
     * An image on the page.
     *
     * @param id what a person calls it
     * @param caption what is said of it
     */
    public record Cell(String id, String caption) {}

    /**
     * Writes a page, atomically. Of many rows the first {@value #MAX_ROWS} are shown, of each the first {@value #MAX_IN_ROW}
     * images, and the page says so.
     *
     * @param title of the page
     * @param lead what the rows are, in a sentence
     * @param images finds an image by its id; empty if there is none to be had
     * @throws dev.inlay.error.InlayException if it cannot be written
     */
    public static void write(
            Path file,
            String title,
            String lead,
            List<List<Cell>> rows,
            Function<String, Optional<BufferedImage>> images) {
        AtomicFile.write(file, ReportPage.html(title + " · Inlay", page -> {
            page.open("header").element("h1", title);
            page.element("p", lead, "class", "lead").close();
            if (rows.size() > MAX_ROWS) {
                page.element(
                        "p",
                        "The first " + MAX_ROWS + " of " + Figures.count(rows.size()) + " rows are shown.",
                        "class",
                        "warning");
            }
            rows.stream().limit(MAX_ROWS).forEach(row -> row(page, row, images));
        }));
    }

    private static void row(Html page, List<Cell> row, Function<String, Optional<BufferedImage>> images) {
        page.line().open("section").open("div", "class", "mistakes");
        for (Cell cell : row.subList(0, Math.min(row.size(), MAX_IN_ROW))) {
            page.line().open("figure", "class", "mistake");
            MistakesSection.image(page, images.apply(cell.id()), cell.id());
            page.open("figcaption").element("b", cell.caption());
            page.element("small", Figures.shorten(cell.id(), MAX_ID), "title", cell.id());
            page.close().close();
        }
        page.close();
        if (row.size() > MAX_IN_ROW) {
            page.element("p", "and " + Figures.count(row.size() - MAX_IN_ROW) + " more", "class", "note");
        }
        page.close();
    }

    /** How similar two images are, as pages show it. */
    public static String similarity(double cosine) {
        return Figures.cosine(cosine);
    }

    /**
     * An image of 8-bit RGB samples.
     *
     * @param rgb (height, width, 3), row by row
     */
    public static BufferedImage image(int width, int height, byte[] rgb) {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        int[] pixels = new int[width * height];
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = (rgb[3 * i] & 0xff) << 16 | (rgb[3 * i + 1] & 0xff) << 8 | rgb[3 * i + 2] & 0xff;
        }
        image.setRGB(0, 0, width, height, pixels, 0, width);
        return image;
    }
}
