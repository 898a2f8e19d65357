package dev.inlay.report;

import dev.inlay.record.Mistake;
import dev.inlay.record.RunRecord;
import java.awt.image.BufferedImage;
import java.util.List;
import java.util.Optional;

/** The mistakes with the highest loss, with their images and what may explain them. */
final class MistakesSection implements ReportSection {
    private static final int MAX_NAME = 28;
    private static final int MAX_ID = 48;
    private static final int MAX_NEAR_NAME = 18;
    private static final int MAP_SIDE = 160;
    private static final int NEAR_SIDE = 80;

    private final MistakeImages shown;

    MistakesSection(MistakeImages images) {
        this.shown = images;
    }

    @Override
    public void write(Html page, RunRecord run) {
        if (run.mistakes().isEmpty()) {
            return;
        }
        ReportSection.open(page, "mistakes", "Worst mistakes");
        page.element(
                "p",
                "The misclassified test examples whose true class was given the least probability. In red, the predicted class; below it, the true class; each with its"
                        + " predicted probability.",
                "class",
                "note");
        List<Optional<BufferedImage>> images =
                run.mistakes().stream().map(shown::of).toList();
        boolean anyShown = images.stream().anyMatch(Optional::isPresent);
        if (!anyShown) {
            page.element("p", "Their images are not at hand.", "class", "note");
        }
        boolean explained = !shown.method().isEmpty();
        if (explained) {
            explain(page, run.mistakes().stream().anyMatch(mistake -> shown.map(mistake)
                    .isPresent()));
        }
        page.open("div", "class", explained ? "mistakes explained" : "mistakes");
        for (int i = 0; i < images.size(); i++) {
            Mistake mistake = run.mistakes().get(i);
            page.line().open("figure", "class", "mistake");
            if (anyShown) {
                page.open("div", "class", "views");
                image(page, images.get(i), alternative(mistake));
                images.get(i)
                        .flatMap(image -> shown.map(mistake).map(map -> map.over(image)))
                        .ifPresent(map -> page.empty(
                                "img", "src", Thumbnail.dataUri(map, MAP_SIDE), "alt", "Where the network looked"));
                page.close();
            }
            caption(page, mistake);
            nearest(page, shown.nearest(mistake));
            page.close();
        }
        page.close().close();
    }

    private void explain(Html page, boolean hasMaps) {
        page.open("p", "class", "note").text(shown.method());
        if (hasMaps) {
            page.text(" ").open("span", "class", "legend").text("least ");
            page.element("span", "", "class", "ramp", "style", "background:" + HeatMap.gradient())
                    .text(" most")
                    .close();
        }
        page.close();
    }

    private static void nearest(Html page, List<MistakeImages.Near> nearest) {
        if (nearest.isEmpty()) {
            return;
        }
        page.open("div", "class", "nearest");
        for (MistakeImages.Near near : nearest) {
            page.open("div", "title", near.id());
            page.empty(
                    "img",
                    "src",
                    Thumbnail.dataUri(near.image(), NEAR_SIDE),
                    "alt",
                    "Training image of " + near.label());
            page.element("b", Figures.shorten(near.label(), MAX_NEAR_NAME), "title", near.label());
            page.element("span", Figures.cosine(near.similarity())).close();
        }
        page.close();
    }

    static void image(Html page, Optional<BufferedImage> image, String alternative) {
        if (image.isPresent()) {
            page.empty("img", "src", Thumbnail.dataUri(image.get()), "alt", alternative);
        } else {
            page.element("div", "no image", "class", "none");
        }
    }

    private static String alternative(Mistake mistake) {
        return "True class " + mistake.label() + ", predicted as " + mistake.predicted();
    }

    private static void caption(Html page, Mistake mistake) {
        page.open("figcaption");
        guess(page, "wrong", mistake.predicted(), mistake.confidence());
        guess(page, "right", mistake.label(), mistake.labelProbability());
        page.element("small", Figures.shorten(mistake.id(), MAX_ID), "title", mistake.id())
                .close();
    }

    private static void guess(Html page, String kind, String name, double probability) {
        page.open("span", "class", "guess " + kind).element("b", Figures.shorten(name, MAX_NAME), "title", name);
        page.element("span", Figures.percent(probability)).close();
    }
}
