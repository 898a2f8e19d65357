package dev.inlay.data.source;

import dev.inlay.data.Contents;
import dev.inlay.data.Dataset;
import dev.inlay.error.Abbreviated;
import dev.inlay.error.DataException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * Images of one split that another split has, too: by what their files hold, so under whatever path, link or copy. A split
 * that is the same as another one on purpose is none.
 *
 * @param splits their images
 * @param contents knows what their files hold, by the ids of the images
 */
public record Leaks(Splits<Dataset> splits, Contents contents) {
    private static final int SHOWN = 5;

    /**
     * Looks for them.
     *
     * @param refuse whether images that are tested and learned from end it; those of a test split that was drawn at random
     *     never do
     * @return what a reader of the results should know; a sentence each
     * @throws DataException naming some of those images
     */
    public List<String> find(boolean refuse) {
        List<String> warnings = new ArrayList<>();
        Map<String, String> tested = isOfItsOwn() ? same(splits.test(), learned()) : Map.of();
        if (!tested.isEmpty()) {
            String found = String.format(
                    Locale.ROOT, "%,d of %,d images of the test split are learned from, too", tested.size(), size());
            if (refuse && !splits.test().isDrawn()) {
                throw new DataException(splits.test().name() + ": " + found + list(tested)
                        + "\ntake them out of one of the splits, or set data.onLeak: warn to have them counted only");
            }
            warnings.add(found + ", such as " + first(tested) + "; its accuracy is better than it should be");
        }
        if (!splits.validation().fingerprint().equals(splits.train().fingerprint())) {
            Map<String, String> validated = same(splits.validation(), List.of(splits.train()));
            if (!validated.isEmpty()) {
                warnings.add(String.format(
                                Locale.ROOT,
                                "%,d of %,d images of the validation split are also in train",
                                validated.size(),
                                splits.validation().size())
                        + ", such as " + first(validated) + "; what is chosen on it may be chosen too well");
            }
        }
        return warnings;
    }

    private int size() {
        return splits.test().size();
    }

    private List<Dataset> learned() {
        return List.of(splits.train(), splits.validation(), splits.trainAndValidation());
    }

    private boolean isOfItsOwn() {
        String test = splits.test().fingerprint();
        return learned().stream().map(Dataset::fingerprint).noneMatch(test::equals);
    }

    /** Ids of images of a split to the id of an equal one among others. */
    private Map<String, String> same(Dataset split, List<Dataset> others) {
        Map<String, List<String>> byHash = new HashMap<>();
        for (int i = 0; i < split.size(); i++) {
            String id = split.id(i);
            if (split.file(i).isPresent()) {
                byHash.computeIfAbsent(contents.hash(id), hash -> new ArrayList<>(1))
                        .add(id);
            }
        }
        byHash.remove(""); // cannot be read
        Map<String, String> found = new TreeMap<>();
        for (Dataset other : others) {
            for (int i = 0; i < other.size() && !byHash.isEmpty(); i++) {
                String id = other.id(i);
                if (other.file(i).isPresent()) {
                    byHash.getOrDefault(contents.hash(id), List.of()).forEach(own -> found.putIfAbsent(own, id));
                }
            }
        }
        return found;
    }

    private static String list(Map<String, String> same) {
        return Abbreviated.lines(
                same.entrySet().stream()
                        .map(pair -> words(pair.getKey(), pair.getValue()))
                        .toList(),
                SHOWN);
    }

    private static String first(Map<String, String> same) {
        Map.Entry<String, String> first = same.entrySet().iterator().next();
        return words(first.getKey(), first.getValue());
    }

    private static String words(String id, String other) {
        return id.equals(other) ? id : id + ", which holds what " + other + " holds";
    }
}
