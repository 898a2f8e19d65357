package dev.inlay.report;

import dev.inlay.report.PointLabels.Box;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.DoubleFunction;
import java.util.stream.Collectors;

/**
 * Accuracy against a cost as SVG in the page's colours: a named mark for each method with a whisker for its spread, and a
 * line through those that no cheaper method reaches.
 *
 * @param title above the image
 * @param axis what the cost is
 * @param marks what is drawn; with a logarithmic axis, those without cost stand apart on its left
 * @param logarithmic whether the axis of the cost is
 * @param figure how a cost is written on the axis
 */
record ScatterChart(
        String title, String score, String axis, List<Mark> marks, boolean logarithmic, DoubleFunction<String> figure) {
    private static final double WIDTH = 980;
    private static final double HEIGHT = 470;
    private static final double LEFT = 76;
    private static final double RIGHT = 40;
    private static final double TOP = 14;
    private static final double BOTTOM = 44;
    private static final double APART = 84;
    private static final double ROOM = 1.3;
    private static final double DOT = 5;
    private static final int MAX_ROUND_TICKS = 9;

    /** A method: its cost, at least 0, its accuracy in [0, 1], and the accuracy's spread or null. */
    record Mark(String name, double cost, double accuracy, Double spread) {
        double reach() {
            return spread == null ? 0 : spread;
        }
    }

    /** Where a cost stands. */
    private interface Axis {
        double at(double cost);
    }

    /** Appends the chart. */
    void write(Html page) {
        double low =
                marks.stream().mapToDouble(m -> m.accuracy() - m.reach()).min().orElseThrow();
        double high =
                marks.stream().mapToDouble(m -> m.accuracy() + m.reach()).max().orElseThrow();
        double[] levels = LineChart.ticks(Math.max(0, low), high, 6);
        double bottom = HEIGHT - BOTTOM;
        double perUnit = (bottom - TOP) / (levels[levels.length - 1] - levels[0]);
        page.open("figure", "class", "chart scatter").open("figcaption").element("strong", title);
        page.open("div", "class", "keys");
        key(page, "tuned", "Pareto-optimal");
        key(page, "plain", "a cheaper method is as good");
        page.close().close();
        WideImage.open(page, "plot", WIDTH, HEIGHT, alternative());
        for (double level : levels) {
            double at = bottom - perUnit * (level - levels[0]);
            page.empty("line", "class", "rule", "x1", LEFT, "x2", WIDTH - RIGHT, "y1", at, "y2", at);
            page.element("text", Figures.number(100 * level) + " %", "x", LEFT - 8, "y", at + 4, "text-anchor", "end");
        }
        Axis x = logarithmic ? logarithmic(page, bottom) : linear(page, bottom);
        page.element("text", axis, "x", (LEFT + WIDTH - RIGHT) / 2, "y", HEIGHT - 6, "text-anchor", "middle");
        page.element(
                "text",
                score,
                "transform",
                "translate(14 " + Figures.coordinate((TOP + bottom) / 2) + ") rotate(-90)",
                "text-anchor",
                "middle");
        marks(page, x, bottom + perUnit * levels[0], perUnit);
        WideImage.close(page);
        page.close();
    }

    private String alternative() {
        String points = marks.stream().map(this::describe).collect(Collectors.joining("; "));
        return title + ". " + points;
    }

    private String describe(Mark mark) {
        return mark.name() + ": " + Figures.percent(mark.accuracy()) + ", " + figure.apply(mark.cost()) + " " + axis;
    }

    private static void key(Html page, String kind, String name) {
        page.open("span", "class", "key")
                .open("i", "class", "mark " + kind)
                .close()
                .text(name)
                .close();
    }

    private Axis linear(Html page, double bottom) {
        double most = marks.stream().mapToDouble(Mark::cost).max().orElseThrow();
        double[] ticks = LineChart.ticks(0, most, 8);
        double perUnit = (WIDTH - RIGHT - LEFT) / ticks[ticks.length - 1];
        Axis x = cost -> LEFT + perUnit * cost;
        for (double tick : ticks) {
            tick(page, x.at(tick), bottom, figure.apply(tick));
        }
        return x;
    }

    private Axis logarithmic(Html page, double bottom) {
        double[] costs = marks.stream()
                .mapToDouble(Mark::cost)
                .filter(cost -> cost > 0)
                .sorted()
                .toArray();
        boolean apart = costs.length < marks.size();
        double start = apart ? LEFT + APART : LEFT;
        double least = costs.length == 0 ? 1 : costs[0] / ROOM;
        double most = costs.length == 0 ? 10 : costs[costs.length - 1] * ROOM;
        double perDecade = (WIDTH - RIGHT - start) / Math.log10(most / least);
        Axis x = cost -> cost > 0 ? start + perDecade * Math.log10(cost / least) : LEFT + APART / 2;
        if (apart) {
            tick(page, x.at(0), bottom, figure.apply(0));
            page.empty("line", "class", "rule break", "x1", start, "x2", start, "y1", TOP, "y2", bottom);
        }
        for (double tick : roundCosts(least, most)) {
            tick(page, x.at(tick), bottom, figure.apply(tick));
        }
        return x;
    }

    /** 1, 2 and 5 times powers of ten, or the powers alone if those are many. */
    private static List<Double> roundCosts(double least, double most) {
        List<Double> all = new ArrayList<>();
        List<Double> powers = new ArrayList<>();
        for (int power = (int) Math.floor(Math.log10(least)); Math.pow(10, power) <= most; power++) {
            for (int factor : new int[] {1, 2, 5}) {
                double cost = factor * Math.pow(10, power);
                if (cost >= least && cost <= most) {
                    all.add(cost);
                    if (factor == 1) {
                        powers.add(cost);
                    }
                }
            }
        }
        return all.size() > MAX_ROUND_TICKS ? powers : all;
    }

    private static void tick(Html page, double at, double bottom, String text) {
        page.empty("line", "class", "rule", "x1", at, "x2", at, "y1", bottom, "y2", bottom + 5);
        page.element("text", text, "x", at, "y", bottom + 19, "text-anchor", "middle");
    }

    private void marks(Html page, Axis x, double zero, double perUnit) {
        PointLabels labels = new PointLabels(new Box(LEFT + 2, TOP - 8, WIDTH - 2, HEIGHT - BOTTOM - 2));
        marks.forEach(
                mark -> labels.avoid(x.at(mark.cost()), zero - perUnit * mark.accuracy(), perUnit * mark.reach()));
        List<Mark> front = front();
        for (int i = 1; i < front.size(); i++) {
            double fromX = x.at(front.get(i - 1).cost());
            double fromY = zero - perUnit * front.get(i - 1).accuracy();
            double toX = x.at(front.get(i).cost());
            double toY = zero - perUnit * front.get(i).accuracy();
            labels.avoidLine(fromX, fromY, toX, toY);
            page.empty("line", "class", "line front tuned", "x1", fromX, "y1", fromY, "x2", toX, "y2", toY);
        }
        for (Mark mark : marks) {
            String kind = front.contains(mark) ? "tuned" : "plain";
            mark(page, labels, mark, kind, x.at(mark.cost()), zero - perUnit * mark.accuracy(), perUnit * mark.reach());
        }
    }

    private void mark(Html page, PointLabels labels, Mark mark, String kind, double x, double y, double reach) {
        page.open("g", "class", kind);
        page.element("title", describe(mark));
        if (reach > 0) {
            page.empty("line", "class", "whisker", "x1", x, "x2", x, "y1", y - reach, "y2", y + reach);
        }
        page.empty("circle", "class", "dot", "cx", x, "cy", y, "r", DOT);
        PointLabels.Spot spot = labels.place(mark.name(), x, y);
        Box box = spot.box();
        if (spot.leader()) {
            page.empty("line", "class", "leader", "x1", x, "y1", y, "x2", box.nearX(x), "y2", box.nearY(y));
        }
        boolean right = box.left() >= x;
        boolean left = box.right() <= x;
        page.element(
                "text",
                mark.name(),
                "class",
                "name",
                "x",
                right ? box.left() : left ? box.right() : box.centerX(),
                "y",
                box.centerY() + 4,
                "text-anchor",
                right ? "start" : left ? "end" : "middle");
        page.close();
    }

    /** The marks that no other beats at the same or a lower cost, from the cheapest on. */
    private List<Mark> front() {
        List<Mark> front = new ArrayList<>();
        marks.stream()
                .sorted(Comparator.comparingDouble(Mark::cost)
                        .thenComparing(
                                Comparator.comparingDouble(Mark::accuracy).reversed()))
                .forEach(mark -> {
                    if (front.isEmpty()
                            || mark.accuracy() > front.get(front.size() - 1).accuracy()) {
                        front.add(mark);
                    }
                });
        return front;
    }
}
