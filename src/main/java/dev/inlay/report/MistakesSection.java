package dev.inlay.report;

import dev.inlay.record.Mistake;
import dev.inlay.record.RunRecord;
import java.awt.image.BufferedImage;
import java.util.List;
import java.util.Optional;

/** The mistakes the task was surest of, with their images. */
final class MistakesSection implements ReportSection {
    private static final int MAX_NAME = 28;
    private static final int MAX_ID = 48;

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
                "The misclassified test examples with the highest confidence. In red, the predicted class; below it, the true class; each with its"
                        + " predicted probability.",
                "class",
                "note");
        List<Optional<BufferedImage>> images =
                run.mistakes().stream().map(shown::of).toList();
        boolean anyShown = images.stream().anyMatch(Optional::isPresent);
        page.open("div", "class", "mistakes");
        for (int i = 0; i < images.size(); i++) {
            page.line().open("figure", "class", "mistake");
            if (anyShown) {
                image(page, images.get(i), alternative(run.mistakes().get(i)));
            }
            caption(page, run.mistakes().get(i));
            page.close();
        }
        page.close().close();
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
