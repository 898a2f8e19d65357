package dev.inlay.report;

import dev.inlay.record.ImageIou;
import dev.inlay.record.RunRecord;
import java.awt.image.BufferedImage;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The images whose masks were predicted worst, each beside its mask, what was predicted and where that is wrong. */
public final class MaskImagesSection implements ReportSection {
    /** The colour of wrong pixels, 0xRRGGBB. */
    public static final int WRONG = 0xb5442e;

    /** The colour of right pixels, 0xRRGGBB. */
    public static final int RIGHT = 0xd9e4e6;

    private static final int MAX_NAME = 28;
    private static final int MAX_ID = 60;

    private final MistakeImages shown;

    MaskImagesSection(MistakeImages images) {
        this.shown = images;
    }

    @Override
    public void write(Html page, RunRecord run) {
        List<ImageIou> worst = run.worstImages();
        if (worst.isEmpty()) {
            return;
        }
        ReportSection.open(page, "worst", "Worst images");
        page.element(
                "p",
                "The test images with the lowest mean IoU over the classes that they or their predictions have.",
                "class",
                "note");
        List<Optional<MaskViews>> views = worst.stream().map(shown::masks).toList();
        if (views.stream().anyMatch(Optional::isPresent)) {
            legend(page, run.confusion().classNames());
        } else {
            page.element("p", "Their images are not at hand.", "class", "note");
        }
        page.open("div", "class", "masks");
        for (int i = 0; i < worst.size(); i++) {
            ImageIou image = worst.get(i);
            page.line().open("figure", "class", "mistake");
            views.get(i).ifPresent(of -> {
                page.open("div", "class", "views");
                view(page, "image", Thumbnail.dataUri(of.image()), image);
                view(page, "truth", flat(of.truth()), image);
                view(page, "prediction", flat(of.predicted()), image);
                view(page, "errors", flat(of.errors()), image);
                page.close();
            });
            page.open("figcaption").element("b", Figures.percent(image.meanIou()));
            page.text(" mean IoU ").element("small", Figures.shorten(image.id(), MAX_ID), "title", image.id());
            page.close().close();
        }
        page.close().close();
    }

    private static String flat(BufferedImage mask) {
        return Thumbnail.flatDataUri(mask);
    }

    private static void view(Html page, String name, String address, ImageIou image) {
        page.open("div").empty("img", "src", address, "alt", name + " of " + image.id());
        page.element("span", name).close();
    }

    private void legend(Html page, List<String> classNames) {
        page.open("p", "class", "legend");
        for (int label = 0; label < classNames.size(); label++) {
            entry(page, shown.colour(label), Figures.shorten(classNames.get(label), MAX_NAME));
        }
        page.close().open("p", "class", "legend");
        entry(page, RIGHT, "right");
        entry(page, WRONG, "wrong");
        entry(page, 0xffffff, "does not count");
        page.close();
    }

    private static void entry(Html page, int colour, String name) {
        page.open("span", "class", "key");
        page.element("i", "", "class", "swatch", "style", String.format(Locale.ROOT, "background:#%06x", colour));
        page.text(name).close();
    }
}
