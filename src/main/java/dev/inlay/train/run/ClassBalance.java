package dev.inlay.train.run;

import dev.inlay.config.TrainConfig;
import dev.inlay.data.ClassWeights;
import dev.inlay.data.Examples;
import dev.inlay.data.LabelSpace;
import dev.inlay.data.loading.Sampling;
import dev.inlay.data.source.Splits;
import dev.inlay.error.Abbreviated;
import dev.inlay.record.ClassCount;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;

/** How many images of each class there are, and what a reader of the results should know of that. */
final class ClassBalance {
    /** So many times the images of another class are very many. */
    private static final int UNEQUAL = 10;

    /** Fewer training images of a class are very few. */
    private static final int FEW = 5;

    private ClassBalance() {}

    /** The number of images of each class, by label; one with several classes counts for each. */
    static long[] images(Examples examples) {
        return examples.labels().count(examples.size(), examples::target);
    }

    /**
     * The images of each class in each split, by label; none where labels are numbers.
     *
     * @param withValidation whether the reported training learns from the validation images, too
     */
    static List<ClassCount> counts(Splits<Examples> splits, boolean withValidation) {
        return counts(splits.train().labels(), splits.map(ClassBalance::images), withValidation);
    }

    /**
     * The same from the images of each class, by label.
     *
     * @param images in each split
     */
    static List<ClassCount> counts(LabelSpace labels, Splits<long[]> images, boolean withValidation) {
        if (labels.kind() == LabelSpace.Kind.NUMBERS || labels.kind() == LabelSpace.Kind.MASKS) {
            return List.of();
        }
        long[] train = withValidation ? images.trainAndValidation() : images.train();
        return IntStream.range(0, labels.size())
                .mapToObj(label -> new ClassCount(
                        labels.names().get(label), train[label], images.validation()[label], images.test()[label]))
                .toList();
    }

    /** Counts of all classes, for the log. */
    static String text(List<ClassCount> counts) {
        return String.join(
                ", ",
                counts.stream()
                        .map(count ->
                                count.name() + " " + count.train() + "/" + count.validation() + "/" + count.test())
                        .toList());
    }

    /**
     * What is worth a warning: very unequal classes that nothing is done about, classes with very few images, classes that
     * {@code train.classWeights} leaves out. A sentence each, but one for both of the first.
     */
    static List<String> warnings(TrainConfig config, LabelSpace labels, List<ClassCount> counts) {
        if (counts.isEmpty()) {
            return List.of();
        }
        List<String> warnings = new ArrayList<>();
        List<String> uneven = new ArrayList<>();
        Comparator<ClassCount> byImages = Comparator.comparingLong(ClassCount::train);
        ClassCount least = counts.stream().min(byImages).orElseThrow();
        ClassCount most = counts.stream().max(byImages).orElseThrow();
        boolean plain = labels.kind() == LabelSpace.Kind.SINGLE
                && config.classWeights().equals(ClassWeights.NONE)
                && config.sampling() == Sampling.SHUFFLED;
        if (plain && most.train() > UNEQUAL * least.train()) {
            uneven.add(String.format(
                    Locale.ROOT,
                    "the classes have very unequal numbers of training images, from %,d of %s to %,d of %s; set"
                            + " train.classWeights: balanced or train.sampling: balanced to have them count alike, and judge by the mean"
                            + " per class",
                    least.train(),
                    least.name(),
                    most.train(),
                    most.name()));
        }
        List<String> few = counts.stream()
                .filter(count -> count.train() < FEW)
                .map(count -> count.name() + " " + count.train())
                .toList();
        if (!few.isEmpty()) {
            uneven.add("classes with fewer than " + FEW + " training images: " + Abbreviated.few(few)
                    + "; add images of them if you can");
        }
        if (!uneven.isEmpty()) {
            warnings.add(String.join("; ", uneven));
        }
        Map<String, Double> named = config.classWeights().named();
        if (!named.isEmpty()) {
            List<String> unnamed = counts.stream()
                    .map(ClassCount::name)
                    .filter(name -> !named.containsKey(name))
                    .toList();
            if (!unnamed.isEmpty() && unnamed.size() + named.size() == counts.size()) {
                warnings.add(ClassWeights.KEY + " does not name " + Abbreviated.few(unnamed)
                        + ", which have weight 1, before all weights are scaled to a mean of 1 over the images");
            }
        }
        return warnings;
    }
}
