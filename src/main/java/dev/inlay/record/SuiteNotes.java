package dev.inlay.record;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;

/** What a reader of the numbers of a suite should know: few seeds, and runs that do not compare. */
final class SuiteNotes {
    /** The fewest seeds whose mean and spread are called a result. */
    private static final int SEEDS_OF_A_RESULT = 3;

    private SuiteNotes() {}

    static List<String> of(List<SuiteTask> tasks, List<Long> seeds, List<SuiteRunRecord> finished) {
        List<String> notes = new ArrayList<>();
        if (seeds.size() < SEEDS_OF_A_RESULT) {
            notes.add(
                    "A result asks for " + SEEDS_OF_A_RESULT + " seeds or more; this suite has " + seeds.size() + ".");
        }
        for (SuiteTask task : tasks) {
            Set<String> differences = new TreeSet<>();
            finished.stream()
                    .filter(trial -> trial.task().equals(task.name()) && trial.data() != null)
                    .forEach(trial -> {
                        compare(differences, "classes", trial.data().classes(), task.classes());
                        compare(differences, "test images", trial.data().test(), task.test());
                    });
            if (!differences.isEmpty()) {
                notes.add(task.name() + ": " + String.join("; ", differences)
                        + ". Its accuracy does not compare with published ones.");
            }
        }
        fingerprints(finished, "backbone", SuiteRunRecord::method).forEach((method, backbones) -> {
            if (backbones > 1) {
                notes.add(method + ": its trials are of " + backbones + " different backbones.");
            }
        });
        // a seed may draw splits
        fingerprints(finished, "data", trial -> trial.task() + ", seed " + trial.seed())
                .forEach((runs, data) -> {
                    if (data > 1) {
                        notes.add(runs + ": its trials saw " + data
                                + " different sets of images under the same names, so they do not compare.");
                    }
                });
        return notes;
    }

    /** How many different things of a kind were read, by what trials have in common. */
    private static Map<String, Integer> fingerprints(
            List<SuiteRunRecord> finished, String kind, Function<SuiteRunRecord, String> common) {
        Map<String, Set<String>> found = new LinkedHashMap<>();
        finished.stream()
                .filter(trial -> trial.provenance() != null
                        && trial.provenance().fingerprints().containsKey(kind))
                .forEach(trial -> found.computeIfAbsent(common.apply(trial), key -> new TreeSet<>())
                        .add(trial.provenance().fingerprints().get(kind)));
        Map<String, Integer> counts = new LinkedHashMap<>();
        found.forEach((key, different) -> counts.put(key, different.size()));
        return counts;
    }

    private static void compare(Set<String> differences, String what, long found, long expected) {
        if (expected != 0 && found != expected) {
            differences.add(found + " " + what + ", the benchmark has " + expected);
        }
    }
}
