package dev.inlay.report;

/** Horizontal bars with a label before and a figure behind each. */
final class Bars {
    private final Html page;

    private Bars(Html page) {
        this.page = page;
    }

    static Bars open(Html page) {
        page.open("div", "class", "bars");
        return new Bars(page);
    }

    /**
     * @param kind class of the bar's colour
     * @param length of the bar, as a fraction of the longest possible
     */
    Bars bar(String kind, String label, double length, String figure) {
        String width = "width:" + Figures.coordinate(100 * Math.max(0, Math.min(1, length))) + "%";
        page.element("span", label, "class", "label").open("span", "class", "track");
        page.open("span", "class", "fill " + kind, "style", width).close().close();
        page.element("span", figure, "class", "figure");
        return this;
    }

    void close() {
        page.close();
    }
}
