package dev.inlay.report;

import dev.inlay.record.RunRecord;
import dev.inlay.record.TensorRecord;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** Where the sensitive weights are: a heat map of blocks and operations. */
final class SensitivitySection implements ReportSection {
    private static final double TOP = 46;
    private static final double RIGHT = 110;
    private static final double MAX = 60;
    private static final double FAINTEST = 0.06;
    private static final double FAINTEST_SHARE = 1e-3;

    @Override
    public void write(Html page, RunRecord run) {
        if (run.plan() == null) {
            return;
        }
        List<TensorRecord> tensors = run.plan().tensors();
        TensorGrid grid = new TensorGrid(tensors, TOP, RIGHT);
        if (grid.isEmpty() || tensors.stream().allMatch(tensor -> tensor.selected() == 0)) {
            return;
        }
        ReportSection.open(page, "sensitivity", "Where the sensitive weights are");
        page.element(
                "p",
                "The " + Figures.count(run.plan().tau())
                        + " weights with the largest squared gradients. A cell’s colour"
                        + " is the share of its tensor that is among them, its number how many they are; the bars add"
                        + " them up per block and per operation.",
                "class",
                "note");
        grid.open(page, alternative(grid), SensitivitySection::cell);
        margins(page, grid);
        WideImage.close(page);
        legend(page);
        outside(page, tensors);
        page.close();
    }

    private static void cell(Html svg, TensorRecord tensor, TensorGrid.Box box) {
        svg.empty("rect", "class", "empty", "x", box.x(), "y", box.y(), "width", box.width(), "height", box.height());
        if (tensor.selected() == 0) {
            return;
        }
        double opacity = opacity((double) tensor.selected() / tensor.size());
        svg.empty(
                "rect",
                "class",
                "heat",
                "fill-opacity",
                opacity,
                "x",
                box.x(),
                "y",
                box.y(),
                "width",
                box.width(),
                "height",
                box.height());
        String figure = Figures.brief(tensor.selected());
        if (box.fits(figure.length())) {
            svg.element(
                    "text", figure, "class", "in", "x", box.middleX(), "y", box.baseline(), "text-anchor", "middle");
        }
    }

    private static String alternative(TensorGrid grid) {
        long[] rows = grid.selectedPerRow();
        long[] blocks = grid.selectedPerBlock();
        int row = largest(rows);
        int block = largest(blocks);
        double total = Arrays.stream(rows).sum();
        return "Sensitive weights by block and operation; most are in " + grid.row(row) + " ("
                + Figures.smallPercent(rows[row] / total) + ") and in block " + grid.block(block) + " ("
                + Figures.smallPercent(blocks[block] / total) + ")";
    }

    private static int largest(long[] values) {
        return IntStream.range(0, values.length)
                .reduce((best, i) -> values[i] > values[best] ? i : best)
                .orElseThrow();
    }

    private static void margins(Html svg, TensorGrid grid) {
        long[] rows = grid.selectedPerRow();
        long[] blocks = grid.selectedPerBlock();
        double total = Arrays.stream(rows).sum();
        for (int i = 0; i < rows.length; i++) {
            TensorGrid.Box box = grid.box(i, grid.columns());
            double length = MAX * rows[i] / TensorGrid.largest(rows);
            svg.empty("rect", "class", "sum", "x", box.x() + 6, "y", box.y() + 4, "width", length, "height", 12);
            svg.element("text", Figures.smallPercent(rows[i] / total), "x", box.x() + 10 + length, "y", box.baseline());
        }
        for (int i = 0; i < blocks.length; i++) {
            TensorGrid.Box box = grid.box(0, i);
            double length = (TOP - 22) * blocks[i] / TensorGrid.largest(blocks);
            double y = TOP - 6 - length;
            svg.empty("rect", "class", "sum", "x", box.x() + 1, "y", y, "width", box.width() - 2, "height", length);
            String figure = Figures.smallPercent(blocks[i] / total);
            if (box.fits(figure.length())) {
                svg.element("text", figure, "x", box.middleX(), "y", y - 4, "text-anchor", "middle");
            }
        }
    }

    private static void legend(Html page) {
        page.open("p", "class", "legend")
                .text("share of a tensor selected: " + Figures.smallPercent(FAINTEST_SHARE) + " or less")
                .open("span");
        for (double share = FAINTEST_SHARE; share < 1.5; share *= Math.sqrt(10)) {
            page.open("i", "class", "swatch heat", "style", "opacity:" + Figures.coordinate(opacity(share)))
                    .close();
        }
        page.close().text("100\u00a0%, logarithmic").close();
    }

    private static void outside(Html page, List<TensorRecord> tensors) {
        List<String> words = tensors.stream()
                .filter(tensor -> tensor.block() == null)
                .map(tensor ->
                        tensor.name() + " " + Figures.count(tensor.selected()) + " of " + Figures.count(tensor.size()))
                .toList();
        if (!words.isEmpty()) {
            page.element("p", "Outside the blocks: " + String.join(", ", words) + ".", "class", "note");
        }
    }

    /** Logarithmic in the share of a tensor that is selected, the same for every run. */
    private static double opacity(double share) {
        double place = Math.log(share / FAINTEST_SHARE) / Math.log(1 / FAINTEST_SHARE);
        return FAINTEST + (1 - FAINTEST) * Math.max(0, place);
    }
}
