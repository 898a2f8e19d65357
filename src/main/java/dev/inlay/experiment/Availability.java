package dev.inlay.experiment;

import dev.inlay.config.DataSource;
import dev.inlay.config.ExperimentConfig;
import dev.inlay.config.ExperimentConfig.Run;
import dev.inlay.config.ExperimentTask;
import dev.inlay.data.Dataset;
import dev.inlay.data.source.Listed;
import dev.inlay.data.source.Splits;
import dev.inlay.error.DataException;
import dev.inlay.inputs.RunData;
import dev.inlay.record.SetRecord;
import dev.inlay.record.SetRecord.State;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** Whether the images of each task of an experiment are there: reads their lists, opens none of them. */
final class Availability {
    private Availability() {}

    /** What a source needs, and what has to be in it. */
    private record Needs(Path where, List<Path> files, String layout) {}

    /** One record for each task that has runs, in their order. */
    static List<SetRecord> of(ExperimentConfig config) {
        return config.tasks().stream()
                .filter(task -> !config.runsOf(task.name()).isEmpty())
                .map(task -> of(config, task))
                .toList();
    }

    private static SetRecord of(ExperimentConfig config, ExperimentTask task) {
        Map<DataSource, Run> sources = new LinkedHashMap<>();
        config.runsOf(task.name())
                .forEach(run -> sources.putIfAbsent(run.config().data().source(), run));
        Needs first = needs(sources.keySet().iterator().next());
        Set<String> missing = new LinkedHashSet<>();
        sources.keySet().forEach(source -> needs(source).files().stream()
                .filter(file -> !Files.exists(file))
                .forEach(file -> missing.add(file.toString())));
        State state = missing.isEmpty() ? State.READY : State.MISSING;
        String problem = missing.isEmpty() ? null : "not there: " + String.join(", ", missing);
        Set<String> notes = new LinkedHashSet<>();
        if (missing.isEmpty()) {
            try {
                sources.values().forEach(run -> compare(task, run, notes));
            } catch (DataException e) {
                state = State.BAD;
                problem = e.getMessage();
            }
        }
        String obtain = Stream.of(config.obtain(), task.obtain())
                .filter(text -> !text.isEmpty())
                .reduce("", (above, below) -> above.isEmpty() ? below : above + "\n" + below);
        return new SetRecord(
                task.name(),
                state,
                first.where() == null ? null : first.where().toString(),
                problem,
                first.layout(),
                obtain,
                List.copyOf(notes));
    }

    private static void compare(ExperimentTask task, Run run, Set<String> notes) {
        if (needs(run.config().data().source()).files().isEmpty()
                || run.config().data().source() instanceof DataSource.Tensors) {
            return;
        }
        Listed listed = RunData.datasets(run.config().data(), run.key().seed());
        notes.addAll(listed.warnings());
        Splits<Dataset> splits = listed.splits();
        compare("classes", splits.train().classNames().size(), task.classes(), notes);
        compare("training images", splits.train().size(), task.train(), notes);
        compare("validation images", splits.validation().size(), task.validation(), notes);
        compare("test images", splits.test().size(), task.test(), notes);
    }

    private static void compare(String what, int found, int expected, Set<String> notes) {
        if (expected != 0 && found != expected) {
            notes.add(found + " " + what + ", the benchmark has " + expected);
        }
    }

    private static Needs needs(DataSource source) {
        if (source instanceof DataSource.Vtab vtab) {
            List<String> lists = Stream.of(vtab.train(), vtab.validation(), vtab.trainAndValidation(), vtab.test())
                    .distinct()
                    .toList();
            return new Needs(
                    vtab.root(),
                    files(vtab.root(), lists, vtab.images()),
                    "lists " + String.join(", ", lists) + " whose lines are a path below "
                            + vtab.root().resolve(vtab.images()).normalize() + ", a space and a label from 0");
        }
        if (source instanceof DataSource.Json json) {
            List<String> splits = List.of(json.train(), json.validation(), json.test());
            return new Needs(
                    json.root(),
                    files(json.root(), splits, json.images()),
                    "files " + String.join(", ", splits) + ", each a JSON object from the path of an image below "
                            + json.root().resolve(json.images()).normalize() + " to its class, a whole number");
        }
        if (source instanceof DataSource.Folder folder) {
            return new Needs(
                    folder.root(), List.of(folder.root()), "class folders of images, perhaps in train and test");
        }
        if (source instanceof DataSource.Csv csv) {
            return new Needs(csv.file(), List.of(csv.file()), "a CSV file with the columns path, label and split");
        }
        if (source instanceof DataSource.Tensors tensors) {
            List<Path> files = new ArrayList<>(List.of(tensors.train()));
            tensors.validation().ifPresent(files::add);
            tensors.test().ifPresent(files::add);
            return new Needs(tensors.train().getParent(), files, "safetensors files with images and labels");
        }
        return new Needs(null, List.of(), "nothing: the images are drawn");
    }

    /** The root alone if it is not there, since all below it is not there either. */
    private static List<Path> files(Path root, List<String> lists, String images) {
        if (!Files.isDirectory(root)) {
            return List.of(root);
        }
        return Stream.concat(lists.stream(), Stream.of(images))
                .map(name -> root.resolve(name).normalize())
                .toList();
    }
}
