package dev.inlay.report;

import dev.inlay.record.Mistake;
import dev.inlay.record.RunRecord;
import java.awt.image.BufferedImage;
import java.util.Optional;

/** The mistakes the task was surest of, with their pictures. */
final class MistakesSection implements Section {
    private final Pictures pictures;

    MistakesSection(Pictures pictures) {
        this.pictures = pictures;
    }

    @Override
    public void write(Html page, RunRecord run) {
        if (run.mistakes().isEmpty()) {
            return;
        }
        Section.open(page, "Worst mistakes");
        page.element("p", "Test examples that were wrong with the most confidence.", "class", "note");
        page.open("div", "class", "mistakes");
        run.mistakes().forEach(mistake -> card(page, mistake));
        page.close().close();
    }

    private void card(Html page, Mistake mistake) {
        page.line().open("figure", "class", "mistake");
        Optional<BufferedImage> picture = pictures.of(mistake);
        picture.ifPresent(image -> page.empty("img", "src", Thumbnail.dataUri(image), "alt", mistake.id()));
        page.open("figcaption");
        guess(page, "wrong", mistake.predicted(), mistake.confidence());
        guess(page, "right", mistake.label(), mistake.labelProbability());
        page.element("small", mistake.id(), "title", "test example " + mistake.example()).close().close();
    }

    private static void guess(Html page, String kind, String name, double probability) {
        page.open("span", "class", "guess " + kind).element("b", name);
        page.element("span", Figures.percent(probability)).close();
    }
}
