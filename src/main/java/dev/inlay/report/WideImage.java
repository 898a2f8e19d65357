package dev.inlay.report;

/**
 * An SVG that stays readable: it shrinks a little, then scrolls sideways, and a line above it says so. The style sheet compares
 * the widths, since pages run no scripts.
 */
final class WideImage {
    private static final double SMALLEST = 0.85;

    private WideImage() {}

    /**
     * Opens the image; {@link #close} closes it.
     *
     * @param kind classes of the SVG
     * @param width natural width in pixels
     * @param height in pixels at that width
     * @param alternative what the image shows, in words
     */
    static void open(Html page, String kind, double width, double height, String alternative) {
        String natural = Figures.coordinate(width);
        page.open(
                "div",
                "class",
                "wide",
                "style",
                "--natural:" + natural + "px;--least:" + Figures.coordinate(SMALLEST * width) + "px");
        page.element("p", "Scroll sideways to see all of it \u2192", "class", "hint", "aria-hidden", "true");
        page.open("div", "class", "scroll", "tabindex", "0", "role", "group", "aria-label", "scrolls sideways");
        page.open(
                "svg",
                "class",
                kind,
                "viewBox",
                "0 0 " + natural + " " + Figures.coordinate(height),
                "role",
                "img",
                "aria-label",
                alternative);
    }

    static void close(Html page) {
        page.close().close().close();
    }
}
