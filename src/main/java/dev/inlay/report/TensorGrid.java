package dev.inlay.report;

import dev.inlay.record.TensorRecord;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;

/** The tensors of a backbone's blocks as a table: a row per operation and part, a column per block. */
final class TensorGrid {
    private static final double LEFT = 132;
    private static final double ROW = 21;
    private static final double GAP = 1;
    private static final double WIDTH = 1000;
    private static final double WIDEST = 68;

    private final List<TensorRecord> tensors;
    private final List<String> rows;
    private final List<Integer> blocks;
    private final double top;
    private final double right;

    /**
     * @param tensors all of them; those outside the blocks are no cells
     * @param top room above the cells
     * @param right room right of the cells
     */
    TensorGrid(List<TensorRecord> tensors, double top, double right) {
        this.tensors = tensors.stream().filter(tensor -> tensor.block() != null).toList();
        this.rows = this.tensors.stream().map(TensorGrid::row).distinct().toList();
        this.blocks = List.copyOf(
                new TreeSet<>(this.tensors.stream().map(TensorRecord::block).toList()));
        this.top = top;
        this.right = right;
    }

    /** Draws what is inside a cell. */
    @FunctionalInterface
    interface Cell {
        void draw(Html svg, TensorRecord tensor, Box box);
    }

    /** A place in the image. */
    record Box(double x, double y, double width, double height) {
        double middleX() {
            return x + width / 2;
        }

        /** The baseline of a line of text centred in the box. */
        double baseline() {
            return y + height / 2 + 4;
        }

        /** True if some {@code characters} fit. */
        boolean fits(int characters) {
            return width >= 6.4 * characters;
        }
    }

    boolean isEmpty() {
        return tensors.isEmpty();
    }

    /**
     * Opens the {@link WideImage} with its labels and cells; the caller closes it.
     *
     * @param alternative what it shows, in words
     */
    void open(Html page, String alternative, Cell cell) {
        double height = top + ROW * rows.size() + 20;
        double width = LEFT + columnWidth() * blocks.size() + right;
        WideImage.open(page, "grid", width, height, alternative);
        for (int i = 0; i < rows.size(); i++) {
            page.element("text", rows.get(i), "x", LEFT - 8, "y", box(i, 0).baseline(), "text-anchor", "end");
        }
        for (int i = 0; i < blocks.size(); i++) {
            Box box = box(rows.size(), i);
            page.element(
                    "text", blocks.get(i).toString(), "x", box.middleX(), "y", box.y() + 14, "text-anchor", "middle");
        }
        page.element("text", "block", "x", LEFT - 8, "y", box(rows.size(), 0).y() + 14, "text-anchor", "end");
        for (TensorRecord tensor : tensors) {
            page.open("g").element("title", describe(tensor));
            cell.draw(page, tensor, box(rows.indexOf(row(tensor)), blocks.indexOf(tensor.block())));
            page.close();
        }
    }

    /** Selected weights per row, in the order of the rows. */
    long[] selectedPerRow() {
        long[] selected = new long[rows.size()];
        tensors.forEach(tensor -> selected[rows.indexOf(row(tensor))] += tensor.selected());
        return selected;
    }

    /** Selected weights per column, in the order of the blocks. */
    long[] selectedPerBlock() {
        long[] selected = new long[blocks.size()];
        tensors.forEach(tensor -> selected[blocks.indexOf(tensor.block())] += tensor.selected());
        return selected;
    }

    /** The place of a cell; the row after the last is below the cells, the column after the last right of them. */
    Box box(int row, int column) {
        double width = columnWidth();
        return new Box(LEFT + column * width, top + row * ROW, width - GAP, ROW - GAP);
    }

    int columns() {
        return blocks.size();
    }

    /** The block of a column, as it is labelled. */
    int block(int column) {
        return blocks.get(column);
    }

    /** The label of a row. */
    String row(int row) {
        return rows.get(row);
    }

    private double columnWidth() {
        return Math.min(WIDEST, (WIDTH - LEFT - right) / blocks.size());
    }

    private static String row(TensorRecord tensor) {
        return tensor.operation() + " " + tensor.part();
    }

    /** One tensor in words. */
    static String describe(TensorRecord tensor) {
        return tensor.name() + ": " + Figures.count(tensor.selected()) + " of " + Figures.count(tensor.size())
                + " selected, score sum " + Figures.number(tensor.scoreSum()) + "; " + tensor.tuned() + ", "
                + Figures.count(tensor.parameters(), "parameter");
    }

    static double largest(long[] values) {
        return Arrays.stream(values).max().orElse(0);
    }
}
