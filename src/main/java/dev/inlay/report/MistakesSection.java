package dev.inlay.report;

import dev.inlay.record.Mistake;
import dev.inlay.record.RunRecord;
import java.awt.image.BufferedImage;
import java.util.List;
import java.util.Optional;

/** The mistakes the task was surest of, with their pictures. */
final class MistakesSection implements Section {
    private static final int LONGEST_NAME = 28;
    private static final int LONGEST_ID = 48;

    private final Pictures pictures;

    MistakesSection(Pictures pictures) {
        this.pictures = pictures;
    }

    @Override
    public void write(Html page, RunRecord run) {
        if (run.mistakes().isEmpty()) {
            return;
        }
        Section.open(page, "mistakes", "Worst mistakes");
        page.element(
                "p",
                "Test examples that were wrong with the most confidence: in red what each was taken for, below it what it is, with the probabilities given to both.",
                "class",
                "note");
        List<Optional<BufferedImage>> images =
                run.mistakes().stream().map(pictures::of).toList();
        boolean pictured = images.stream().anyMatch(Optional::isPresent);
        page.open("div", "class", "mistakes");
        for (int i = 0; i < images.size(); i++) {
            page.line().open("figure", "class", "mistake");
            if (pictured) {
                picture(page, images.get(i), run.mistakes().get(i));
            }
            caption(page, run.mistakes().get(i));
            page.close();
        }
        page.close().close();
    }

    private static void picture(Html page, Optional<BufferedImage> image, Mistake mistake) {
        if (image.isPresent()) {
            page.empty("img", "src", Thumbnail.dataUri(image.get()), "alt", mistake.id());
        } else {
            page.element("div", "no picture", "class", "none");
        }
    }

    private static void caption(Html page, Mistake mistake) {
        page.open("figcaption");
        guess(page, "wrong", mistake.predicted(), mistake.confidence());
        guess(page, "right", mistake.label(), mistake.labelProbability());
        page.element("small", Figures.shorten(mistake.id(), LONGEST_ID), "title", mistake.id())
                .close();
    }

    private static void guess(Html page, String kind, String name, double probability) {
        page.open("span", "class", "guess " + kind).element("b", Figures.shorten(name, LONGEST_NAME), "title", name);
        page.element("span", Figures.percent(probability)).close();
    }
}
