package dev.inlay.experiment;

import dev.inlay.data.LabelSpace.PixelClasses;
import dev.inlay.data.Mask;
import dev.inlay.data.image.MaskPalette;
import dev.inlay.data.transform.Normalization;
import dev.inlay.insight.SaliencyMap;
import dev.inlay.record.ImageIou;
import dev.inlay.record.Mistake;
import dev.inlay.report.HeatMap;
import dev.inlay.report.MaskImagesSection;
import dev.inlay.report.MaskViews;
import dev.inlay.report.MistakeImages;
import dev.inlay.train.run.MaskedImage;
import dev.inlay.train.run.MistakeInsights.Insight;
import dev.inlay.train.run.TuneOutcome;
import java.awt.image.BufferedImage;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.IntBinaryOperator;

/** The images of a run's mistakes as the backbone saw them, and what was found out about them. */
record RunImages(TuneOutcome outcome) implements MistakeImages {
    @Override
    public Optional<BufferedImage> of(Mistake mistake) {
        return Optional.ofNullable(outcome.images().get(mistake.example())).flatMap(this::image);
    }

    private Optional<BufferedImage> image(float[] pixels) {
        return outcome.transform().map(transform -> {
            Normalization normalization = transform.normalization();
            return MistakeImages.ofNormalised(
                    pixels,
                    outcome.height(),
                    outcome.width(),
                    floats(normalization.mean()),
                    floats(normalization.std()));
        });
    }

    private static float[] floats(List<Double> values) {
        float[] floats = new float[values.size()];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = values.get(i).floatValue();
        }
        return floats;
    }

    private Optional<Insight> insight(Mistake mistake) {
        return Optional.ofNullable(outcome.insights().of().get(mistake.example()));
    }

    @Override
    public Optional<HeatMap> map(Mistake mistake) {
        return insight(mistake).flatMap(Insight::map).map(map -> new HeatMap(map.height(), map.width(), map.values()));
    }

    @Override
    public List<Near> nearest(Mistake mistake) {
        return insight(mistake).map(Insight::nearest).orElse(List.of()).stream()
                .flatMap(
                        near -> image(near.pixels())
                                .map(image -> new Near(image, near.id(), near.label(), near.similarity()))
                                .stream())
                .toList();
    }

    @Override
    public Optional<MaskViews> masks(ImageIou worst) {
        MaskedImage masks = outcome.masks().get(worst.example());
        return Optional.ofNullable(outcome.images().get(worst.example()))
                .flatMap(this::image)
                .map(image ->
                        new MaskViews(image, coloured(masks.truth()), coloured(masks.predicted()), errors(masks)));
    }

    @Override
    public int colour(int label) {
        return MaskPalette.colour(label);
    }

    private static BufferedImage coloured(Mask mask) {
        return drawn(mask, (row, column) -> MaskPalette.colour(mask.at(row, column)));
    }

    private static BufferedImage errors(MaskedImage masks) {
        return drawn(masks.truth(), (row, column) -> {
            int truth = masks.truth().at(row, column);
            return truth == PixelClasses.IGNORED
                    ? MaskPalette.colour(truth)
                    : truth == masks.predicted().at(row, column) ? MaskImagesSection.RIGHT : MaskImagesSection.WRONG;
        });
    }

    private static BufferedImage drawn(Mask size, IntBinaryOperator colour) {
        BufferedImage image = new BufferedImage(size.width(), size.height(), BufferedImage.TYPE_INT_RGB);
        for (int row = 0; row < size.height(); row++) {
            for (int column = 0; column < size.width(); column++) {
                image.setRGB(column, row, colour.applyAsInt(row, column));
            }
        }
        return image;
    }

    @Override
    public String method() {
        if (outcome.insights().of().isEmpty()) {
            return "";
        }
        int searched = outcome.insights().searched();
        int learnedFrom = outcome.insights().learnedFrom();
        return looked()
                + String.format(
                        Locale.ROOT,
                        " Below, the three nearest of %s, by the cosine of the features that the head sees.",
                        searched < learnedFrom
                                ? String.format(
                                        Locale.ROOT,
                                        "%,d training images spread evenly over all %,d",
                                        searched,
                                        learnedFrom)
                                : "the training images");
    }

    private String looked() {
        return outcome.insights().of().values().stream()
                .flatMap(insight -> insight.map().map(SaliencyMap::kind).stream())
                .findFirst()
                .map(kind -> switch (kind) {
                    case ATTENTION_ROLLOUT ->
                        "On the right, which parts of the image its features were gathered from:"
                                + " attention rollout through all blocks (Abnar and Zuidema, 2020), whatever the class.";
                    case GRAD_CAM ->
                        "On the right, which parts of the image speak for the predicted class: Grad-CAM on what"
                                + " the last block gives (Selvaraju et al., 2017).";
                })
                .orElse(
                        "There is no map of where it looked, because the method changes the images or they have too many patches.");
    }
}
