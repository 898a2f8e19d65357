package dev.inlay.report;

import dev.inlay.record.Measured;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Horizontal bars of means, each under its name, with a mark for each seed and a whisker for the spread, as SVG in the page's
 * colours.
 *
 * @param title above the image
 * @param bars from top to bottom
 */
record SeedBars(String title, List<Bar> bars) {
    private static final double WIDTH = 470;
    private static final double ROW = 40;
    private static final double NAME = 15;
    private static final double MIDDLE = 28;
    private static final double THICK = 12;
    private static final double MARGIN = 4;
    private static final int LETTERS = 36;
    private static final double DOT = 2.8;

    /**
     * A method: fractions in [0, 1], and those of its seeds.
     *
     * @param kind class of the bar's colour
     */
    record Bar(String kind, String name, Measured value, List<Double> seeds) {
        String describe() {
            return name + " " + Figures.measured(value) + " %";
        }
    }

    /** Appends the chart, or nothing if there is no bar. */
    void write(Html page) {
        if (bars.isEmpty()) {
            return;
        }
        double height = ROW * bars.size() + MARGIN;
        page.open("figure", "class", "chart")
                .open("figcaption")
                .element("strong", title)
                .close();
        page.open(
                "svg",
                "viewBox",
                "0 0 " + (int) WIDTH + " " + (int) height,
                "role",
                "img",
                "aria-label",
                alternative());
        double longest = bars.stream().mapToDouble(SeedBars::end).max().orElseThrow();
        double scale = (WIDTH - 2 * MARGIN) / Math.max(longest, 1e-9);
        for (int i = 0; i < bars.size(); i++) {
            bar(page, bars.get(i), ROW * i, scale);
        }
        page.close().close();
    }

    private String alternative() {
        return title + ": " + bars.stream().map(Bar::describe).collect(Collectors.joining(", "));
    }

    private static double end(Bar bar) {
        double spread = bar.value().spread() == null ? 0 : bar.value().spread();
        double most =
                bar.seeds().stream().mapToDouble(Double::doubleValue).max().orElse(0);
        return Math.max(bar.value().mean() + spread, most);
    }

    private static void bar(Html page, Bar bar, double top, double scale) {
        double length = scale * bar.value().mean();
        double middle = top + MIDDLE;
        page.open("g").element("title", bar.describe());
        page.element("text", Figures.shorten(bar.name(), LETTERS), "class", "name", "x", MARGIN, "y", top + NAME);
        page.element(
                "text",
                Figures.measured(bar.value()) + " %",
                "class",
                "value",
                "x",
                WIDTH - MARGIN,
                "y",
                top + NAME,
                "text-anchor",
                "end");
        page.empty("rect", "class", bar.kind(), "x", MARGIN, "y", middle - THICK / 2, "width", length, "height", THICK);
        if (bar.value().spread() != null) {
            double reach = scale * bar.value().spread();
            page.empty(
                    "line",
                    "class",
                    "whisker",
                    "x1",
                    MARGIN + Math.max(0, length - reach),
                    "x2",
                    MARGIN + length + reach,
                    "y1",
                    middle,
                    "y2",
                    middle);
        }
        for (double seed : bar.seeds()) {
            page.empty("circle", "class", "seed", "cx", MARGIN + scale * seed, "cy", middle, "r", DOT);
        }
        page.close();
    }
}
