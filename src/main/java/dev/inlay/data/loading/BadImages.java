package dev.inlay.data.loading;

import dev.inlay.data.Dataset;
import dev.inlay.data.LabelSpace;
import dev.inlay.error.Abbreviated;
import dev.inlay.error.DataException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The images of a run that cannot be decoded, of all its splits, each counted once. */
public final class BadImages {
    private static final Logger LOG = LoggerFactory.getLogger(BadImages.class);
    private static final int SHOWN = 20;

    private final Map<String, BadImage> bad = new TreeMap<>();
    private final List<String> emptied = new ArrayList<>();
    private final List<String> untested = new ArrayList<>();

    /**
     * Adds those of a split.
     *
     * @param trained whether is learned from it
     */
    public void add(CheckedExamples examples, boolean trained) {
        examples.skipped().forEach(image -> bad.put(image.problem(), image));
        Dataset dataset = examples.dataset();
        List<String> lost = dataset.labels().kind() == LabelSpace.Kind.MASKS ? List.of() : lost(dataset, examples);
        boolean gone = examples.size() == 0 && dataset.size() > 0;
        if (lost.isEmpty() && !gone) {
            return;
        }
        String without =
                dataset.name() + ": no image is left" + (lost.isEmpty() ? "" : " of " + String.join(", ", lost));
        (trained || examples.size() == 0 ? emptied : untested).add(without);
    }

    /** The classes that are there before and not after; masks, which have many classes each, are not looked through. */
    private static List<String> lost(Dataset dataset, CheckedExamples examples) {
        boolean[] had =
                present(dataset.labels(), IntStream.range(0, dataset.size()).mapToObj(dataset::target));
        boolean[] has =
                present(dataset.labels(), IntStream.range(0, examples.size()).mapToObj(examples::target));
        return IntStream.range(0, had.length)
                .filter(label -> had[label] && !has[label])
                .mapToObj(dataset.classNames()::get)
                .toList();
    }

    private static boolean[] present(LabelSpace labels, Stream<float[]> targets) {
        boolean[] present = new boolean[labels.size()];
        targets.flatMapToInt(labels::examplesOf).forEach(output -> present[output] = true);
        return present;
    }

    /** How many there are. */
    public int count() {
        return bad.size();
    }

    /**
     * Goes on without them, noting each in the log, if that is wanted and leaves every class something to learn from.
     *
     * @return what a reader of the results should know
     * @throws DataException otherwise, with the first 20 of them and the count of all
     */
    public List<String> settle(OnBadImage onBadImage) {
        if (bad.isEmpty()) {
            return List.of();
        }
        if (onBadImage == OnBadImage.FAIL) {
            throw new DataException(
                    counted(bad.size(), " cannot be used; repair or remove them, or set data.onBadImage: skip")
                            + list());
        }
        if (!emptied.isEmpty()) {
            throw new DataException(counted(
                            bad.size(),
                            " cannot be used, and without them a class has none; repair them, or remove the class")
                    + Abbreviated.lines(emptied, emptied.size())
                    + list());
        }
        bad.keySet().forEach(problem -> LOG.info("skipped: {}", problem));
        Map<String, List<BadImage>> byReason = bad.values().stream()
                .collect(Collectors.groupingBy(BadImage::reason, LinkedHashMap::new, Collectors.toList()));
        List<String> warnings = new ArrayList<>();
        byReason.forEach(
                (reason, images) -> warnings.add(counted(images.size(), " skipped (data.onBadImage: skip), such as ")
                        + images.get(0).id() + ": " + reason));
        warnings.addAll(untested);
        return warnings;
    }

    private static String counted(int images, String what) {
        return String.format(Locale.ROOT, "%,d %s%s", images, images == 1 ? "image" : "images", what);
    }

    private String list() {
        return Abbreviated.lines(bad.keySet(), SHOWN);
    }
}
