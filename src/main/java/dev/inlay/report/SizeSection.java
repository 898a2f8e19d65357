package dev.inlay.report;

import dev.inlay.record.RunRecord;
import dev.inlay.record.TrainableParameters;
import java.util.function.LongFunction;

/** How little a task adds: its parameters and bytes as an area inside the backbone's. */
final class SizeSection implements ReportSection {
    private static final double SIDE = 200;
    private static final double MIN = 1.5;
    private static final int TASKS = 1000;

    @Override
    public void write(Html page, RunRecord run) {
        if (run.backboneParameters() == 0 && run.backboneBytes() == 0) {
            return;
        }
        TrainableParameters trained = run.trainableParameters();
        ReportSection.open(page, "size", "What the task adds to the backbone");
        page.open("div", "class", "sizes");
        areas(page, "trained parameters", trained.total(), run.backboneParameters(), Figures::count);
        areas(page, "in the task file", run.taskBytes(), run.backboneBytes(), Figures::bytes);
        page.open("div", "class", "parts").element("h3", "What is trained");
        parts(page, trained);
        if (run.taskBytes() > 0 && run.backboneBytes() > 0) {
            page.open("p", "class", "note").text("A thousand such tasks on one backbone take ");
            page.element("strong", Figures.bytes(run.backboneBytes() + TASKS * run.taskBytes()));
            page.text("; a thousand fine-tuned copies of it, ");
            page.element("strong", Figures.bytes(TASKS * run.backboneBytes()))
                    .text(".")
                    .close();
        }
        page.close().close().close();
    }

    private static void areas(Html page, String what, long task, long backbone, LongFunction<String> figure) {
        if (backbone == 0) {
            return;
        }
        double largest = Math.max(task, backbone);
        double outer = SIDE * Math.sqrt(backbone / largest);
        double inner = Math.max(MIN, SIDE * Math.sqrt(task / largest));
        String share = Figures.smallPercent((double) task / backbone);
        page.open("figure", "class", "area");
        page.open(
                "svg",
                "viewBox",
                "0 0 " + (int) SIDE + " " + (int) SIDE,
                "role",
                "img",
                "aria-label",
                share + " of the backbone");
        page.empty("rect", "class", "backbone", "x", 0, "y", SIDE - outer, "width", outer, "height", outer);
        page.empty("rect", "class", "task", "x", 0, "y", SIDE - inner, "width", inner, "height", inner);
        page.close();
        page.open("figcaption").element("strong", share);
        page.text(" of the backbone").empty("br");
        page.text(figure.apply(task) + " " + what).empty("br");
        page.element("span", "backbone: " + figure.apply(backbone), "class", "muted")
                .close()
                .close();
    }

    private static void parts(Html page, TrainableParameters trained) {
        long named = trained.modules() + trained.vectors() + trained.sparse() + trained.classToken();
        Bars bars = Bars.open(page);
        part(bars, "tuned", "modules", trained.modules(), trained.total());
        part(bars, "whole", "fully tuned vectors", trained.vectors(), trained.total());
        part(bars, "sparse", "individual weights", trained.sparse(), trained.total());
        part(bars, "plain", "class token", trained.classToken(), trained.total());
        part(bars, "plain", "other weights", trained.withoutHead() - named, trained.total());
        part(bars, "plain", "head", trained.head(), trained.total());
        bars.close();
        page.element(
                "p",
                Figures.count(trained.total(), "parameter") + " in all, " + Figures.count(trained.withoutHead())
                        + " without the head.",
                "class",
                "note");
    }

    private static void part(Bars bars, String kind, String label, long parameters, long total) {
        if (parameters > 0) {
            bars.bar(kind, label, (double) parameters / total, Figures.count(parameters));
        }
    }
}
