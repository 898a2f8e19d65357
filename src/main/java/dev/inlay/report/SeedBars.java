package dev.inlay.report;

import dev.inlay.record.Measured;
import java.util.List;

/**
 * Horizontal bars of means, with a mark for each seed and a whisker for the spread, as SVG in the page's colours.
 *
 * @param title above the image
 * @param bars from top to bottom
 */
record SeedBars(String title, List<Bar> bars) {
    private static final double WIDTH = 470;
    private static final double ROW = 24;
    private static final double THICK = 14;
    private static final double LABEL = 168;
    private static final double FIGURE = 84;
    private static final int LETTERS = 26;
    private static final double DOT = 2.8;

    /** A method: fractions in [0, 1], and those of its seeds. */
    record Bar(String name, Measured value, List<Double> seeds) {}

    /** Appends the chart, or nothing if there is no bar. */
    void write(Html page) {
        if (bars.isEmpty()) {
            return;
        }
        double height = ROW * bars.size() + 4;
        page.open("figure", "class", "chart")
                .open("figcaption")
                .element("strong", title)
                .close();
        page.open("svg", "viewBox", "0 0 " + (int) WIDTH + " " + (int) height, "role", "img", "aria-label", title);
        double longest = bars.stream().mapToDouble(SeedBars::end).max().orElseThrow();
        double scale = (WIDTH - LABEL - FIGURE) / Math.max(longest, 1e-9);
        page.empty("line", "class", "rule", "x1", LABEL, "x2", LABEL, "y1", 0, "y2", height);
        for (int i = 0; i < bars.size(); i++) {
            bar(page, bars.get(i), ROW * i + 2 + ROW / 2, scale);
        }
        page.close().close();
    }

    private static double end(Bar bar) {
        double spread = bar.value().spread() == null ? 0 : bar.value().spread();
        double most =
                bar.seeds().stream().mapToDouble(Double::doubleValue).max().orElse(0);
        return Math.max(bar.value().mean() + spread, most);
    }

    private static void bar(Html page, Bar bar, double middle, double scale) {
        double mean = LABEL + scale * bar.value().mean();
        page.open("g").element("title", bar.name() + ": " + Figures.measured(bar.value()) + " %");
        page.element(
                "text",
                Figures.shorten(bar.name(), LETTERS),
                "class",
                "name",
                "x",
                LABEL - 8,
                "y",
                middle + 4,
                "text-anchor",
                "end");
        page.empty(
                "rect", "class", "mean", "x", LABEL, "y", middle - THICK / 2, "width", mean - LABEL, "height", THICK);
        if (bar.value().spread() != null) {
            double reach = scale * bar.value().spread();
            page.empty(
                    "line",
                    "class",
                    "whisker",
                    "x1",
                    Math.max(LABEL, mean - reach),
                    "x2",
                    mean + reach,
                    "y1",
                    middle,
                    "y2",
                    middle);
        }
        for (double seed : bar.seeds()) {
            page.empty("circle", "class", "seed", "cx", LABEL + scale * seed, "cy", middle, "r", DOT);
        }
        page.element("text", Figures.measured(bar.value()), "x", WIDTH, "y", middle + 4, "text-anchor", "end");
        page.close();
    }
}
