package dev.inlay.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.DoubleFunction;
import java.util.stream.Collectors;

/**
 * Lines over epochs as SVG whose colours and fonts come from the page's style sheet, so that one image serves light,
 * dark and paper, and drawing it needs no fonts on this machine.
 *
 * @param title above the image
 * @param lines what is drawn
 * @param levels values drawn as a dashed line from side to side
 * @param fromZero true if the vertical axis begins at 0
 * @param figure how a value is written
 */
record LineChart(String title, List<Line> lines, List<Level> levels, boolean fromZero, DoubleFunction<String> figure) {
    private static final double WIDTH = 470;
    private static final double HEIGHT = 240;
    private static final double LEFT = 62;
    private static final double RIGHT = 14;
    private static final double TOP = 12;
    private static final double BOTTOM = 42;
    private static final int MAX_DOTS = 40;

    /** A named line of one kind; {@code y} holds null where there is no value. */
    record Line(String kind, String name, List<Integer> x, List<Double> y) {
        double last() {
            return y.stream()
                    .filter(Objects::nonNull)
                    .reduce((before, after) -> after)
                    .orElseThrow();
        }
    }

    /** A named value. */
    record Level(String kind, String name, double y) {}

    /** Appends the chart, or nothing if no line has a value. */
    void write(Html page) {
        List<Line> drawn = lines.stream()
                .filter(line -> line.y().stream().anyMatch(y -> y != null))
                .toList();
        if (drawn.isEmpty()) {
            return;
        }
        double low = fromZero ? 0 : smallest(drawn);
        double[] ticks = ticks(low, largest(drawn), 5);
        Scale y = new Scale(ticks[0], ticks[ticks.length - 1], HEIGHT - BOTTOM, TOP);
        int first = drawn.get(0).x().get(0);
        int last = drawn.get(0).x().get(drawn.get(0).x().size() - 1);
        Scale x = new Scale(first, Math.max(first + 1, last), LEFT, WIDTH - RIGHT);

        page.open("figure", "class", "chart")
                .open("figcaption")
                .element("strong", title)
                .open("div", "class", "keys");
        drawn.forEach(line -> key(page, line.kind(), line.name()));
        levels.forEach(level -> key(page, level.kind() + " dashed", level.name()));
        page.close().close();
        page.open(
                "svg",
                "viewBox",
                "0 0 " + (int) WIDTH + " " + (int) HEIGHT,
                "role",
                "img",
                "aria-label",
                alternative(drawn, last));
        for (double tick : ticks) {
            double at = y.at(tick);
            page.empty("line", "class", "rule", "x1", LEFT, "x2", WIDTH - RIGHT, "y1", at, "y2", at);
            page.element("text", figure.apply(tick), "x", LEFT - 8, "y", at + 4, "text-anchor", "end");
        }
        for (double tick : ticks(first, last, 10)) {
            if (tick == Math.rint(tick) && tick >= first && tick <= last) {
                page.element(
                        "text",
                        Figures.number(tick),
                        "x",
                        x.at(tick),
                        "y",
                        HEIGHT - BOTTOM + 18,
                        "text-anchor",
                        "middle");
            }
        }
        page.element("text", "epoch", "x", (LEFT + WIDTH - RIGHT) / 2, "y", HEIGHT - 4, "text-anchor", "middle");
        for (Level level : levels) {
            double at = y.at(level.y());
            page.empty(
                    "line",
                    "class",
                    "line dashed " + level.kind(),
                    "x1",
                    LEFT,
                    "x2",
                    WIDTH - RIGHT,
                    "y1",
                    at,
                    "y2",
                    at);
        }
        drawn.forEach(line -> line(page, line, x, y));
        page.close().close();
    }

    private String alternative(List<Line> drawn, int last) {
        String values = drawn.stream()
                .map(line -> line.name() + " " + figure.apply(line.last()))
                .collect(Collectors.joining(", "));
        return title + " by epoch up to " + last + ", at the end: " + values;
    }

    private static void key(Html page, String kind, String name) {
        page.open("span", "class", "key");
        page.open("i", "class", kind).close().text(name).close();
    }

    private void line(Html page, Line line, Scale x, Scale y) {
        StringBuilder path = new StringBuilder();
        boolean pen = false;
        for (int i = 0; i < line.y().size(); i++) {
            Double value = line.y().get(i);
            if (value != null) {
                path.append(pen ? 'L' : 'M')
                        .append(Figures.coordinate(x.at(line.x().get(i))))
                        .append(' ')
                        .append(Figures.coordinate(y.at(value)));
            }
            pen = value != null;
        }
        page.empty("path", "class", "line " + line.kind(), "d", path);
        for (int i = 0; i < line.y().size() && line.y().size() <= MAX_DOTS; i++) {
            Double value = line.y().get(i);
            if (value != null) {
                page.open(
                        "circle",
                        "class",
                        "dot " + line.kind(),
                        "cx",
                        x.at(line.x().get(i)),
                        "cy",
                        y.at(value),
                        "r",
                        3);
                page.element("title", line.name() + ", epoch " + line.x().get(i) + ": " + figure.apply(value));
                page.close();
            }
        }
    }

    private double smallest(List<Line> drawn) {
        return values(drawn).stream().mapToDouble(Double::doubleValue).min().orElseThrow();
    }

    private double largest(List<Line> drawn) {
        return values(drawn).stream().mapToDouble(Double::doubleValue).max().orElseThrow();
    }

    private List<Double> values(List<Line> drawn) {
        List<Double> values = new ArrayList<>();
        for (Line line : drawn) {
            line.y().stream().filter(y -> y != null).forEach(values::add);
        }
        levels.forEach(level -> values.add(level.y()));
        return values;
    }

    /** Round numbers from at most {@code low} to at least {@code high}, about {@code wanted} of them. */
    static double[] ticks(double low, double high, int wanted) {
        double range = high > low ? high - low : Math.max(Math.abs(high), 1) * 0.1;
        double power = Math.pow(10, Math.floor(Math.log10(range / wanted)));
        double fraction = range / wanted / power;
        double step = power * (fraction <= 1 ? 1 : fraction <= 2 ? 2 : fraction <= 5 ? 5 : 10);
        long first = (long) Math.floor(low / step + 1e-9);
        long last = Math.max(first + 1, (long) Math.ceil(high / step - 1e-9));
        double[] ticks = new double[(int) (last - first) + 1];
        for (int i = 0; i < ticks.length; i++) {
            ticks[i] = (first + i) * step;
        }
        return ticks;
    }

    /** Maps a range of values to a range of coordinates. */
    private record Scale(double from, double to, double start, double end) {
        double at(double value) {
            return start + (value - from) / (to - from) * (end - start);
        }
    }
}
