package dev.inlay.interop;

import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.BackboneFamily;
import dev.inlay.backbone.Classifier;
import dev.inlay.checkpoint.Checkpoint;
import dev.inlay.checkpoint.naming.Layout;
import dev.inlay.checkpoint.naming.Layouts;
import dev.inlay.checkpoint.naming.Translation;
import dev.inlay.data.transform.ImageTransform;
import dev.inlay.error.DataException;
import dev.inlay.task.BackboneInfo;
import dev.inlay.task.TaskFile;
import dev.inlay.task.TaskInfo;
import dev.inlay.tensor.LibTorch;
import dev.inlay.tensor.Tensors;
import dev.inlay.tuning.Tuning;
import dev.inlay.tuning.TuningSpec;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/**
 * Adapters of Hugging Face PEFT as tasks: LoRA and DoRA on the linear layers of a backbone, under timm's names or those of
 * transformers, with a head. The task computes the same logits as PEFT on the same backbone.
 */
public final class PeftImport {
    private final Path folder;
    private final Backbone backbone;
    private final List<String> notes = new ArrayList<>();
    private final PeftConfig config;
    private final List<String> heads;

    private PeftImport(Path folder, Backbone backbone) {
        this.folder = folder;
        this.backbone = backbone;
        this.heads = BackboneFamily.of(backbone.spec()).headNames(backbone.spec());
        this.config = PeftConfigReader.read(folder.resolve(PeftConfig.FILE), notes);
    }

    /** Whether a folder holds an adapter of PEFT. */
    public static boolean recognises(Path folder) {
        return Files.isRegularFile(folder.resolve(PeftConfig.FILE));
    }

    /**
     * Writes the task that an adapter is.
     *
     * @param folder with {@code adapter_config.json} and {@code adapter_model.safetensors} or {@code .bin}
     * @param backbone what the adapter was trained on
     * @param classNames by label; empty for those that an export of Inlay noted, or else the labels' numbers
     * @param transform from a picture to what the backbone takes; empty for that which an export of Inlay noted, if any
     * @param out the task's file; replaced
     * @return what a person should know: which layout was found, what was ignored and copied
     * @throws DataException if the adapter is damaged, is not LoRA or DoRA, or does not fit the backbone; says all that
     *     is wrong with the part that was looked at
     */
    public static List<String> write(
            Path folder,
            Backbone backbone,
            Optional<List<String>> classNames,
            Optional<ImageTransform> transform,
            Path out) {
        LibTorch.load();
        PeftImport reading = new PeftImport(folder, backbone);
        try (PointerScope scope = new PointerScope();
                Checkpoint file = Checkpoint.open(AdapterTensors.file(folder))) {
            reading.write(file, classNames, transform, out);
        }
        return reading.notes;
    }

    private void write(
            Checkpoint file, Optional<List<String>> classNames, Optional<ImageTransform> transform, Path out) {
        AdapterTensors tensors = AdapterTensors.of(file, config);
        Optional<TaskNotes> own = TaskNotes.in(file.metadata(), file.path().toString());
        Layout layout = layout(tensors);
        Map<String, LowRankUpdate> updates = updates(file, tensors, layout, own);
        Map<String, Tensor> values = new LinkedHashMap<>(head(file, tensors, layout));
        int classes = Math.toIntExact(values.get(Tuning.HEAD_BIAS).numel());
        TuningSpec spec = LowRankSpecs.of(updates.values(), config.dora(), config.dropout(), backbone);
        updates.forEach((name, update) -> {
            values.put(name + ".A", update.a());
            values.put(name + ".B", update.b());
            update.magnitude().ifPresent(magnitude -> values.put(name + ".magnitude", magnitude));
        });
        TaskInfo info = new TaskInfo(
                spec,
                BackboneInfo.of(backbone),
                classNames(classes, classNames, own),
                transform.or(() -> own.map(TaskNotes::transform)),
                new TreeMap<>(),
                new TreeMap<>(Map.of("source", "an adapter of PEFT")));
        try (Tuning tuning = new Tuning(backbone, spec, classes, 0)) {
            tuning.load(values, file.path().toString());
            TaskFile.write(out, info, tuning);
        }
    }

    /** The layout in which every module that is tuned is a linear layer of the backbone. */
    private Layout layout(AdapterTensors tensors) {
        Layout best = Layouts.TIMM;
        List<String> missing = unknown(tensors, best);
        for (Layout layout : Layouts.all()) {
            List<String> unknown = unknown(tensors, layout);
            if (unknown.size() < missing.size()) {
                missing = unknown;
                best = layout;
            }
        }
        if (!missing.isEmpty()) {
            throw new DataException(
                    folder + ": " + missing.size() + " of " + tensors.modules().size()
                            + " modules are no linear layers of " + backbone.name() + ", not in " + best
                            + " either, which fits best:\n  - " + String.join("\n  - ", missing)
                            + "\nInlay's LoRA acts on query, key, value, proj, fc1 and fc2 of the backbone that the adapter is of");
        }
        notes.add("modules are called as in " + best);
        return best;
    }

    private List<String> unknown(AdapterTensors tensors, Layout layout) {
        Set<String> known = modules(layout).keySet();
        return tensors.modules().keySet().stream()
                .filter(module -> !known.contains(module))
                .toList();
    }

    /** By name, with and without the prefix that a network without its head lacks. */
    private Map<String, PeftModule> modules(Layout layout) {
        Map<String, PeftModule> modules = new LinkedHashMap<>();
        for (PeftModule module : PeftModule.of(backbone, layout)) {
            modules.put(module.name(), module);
            modules.putIfAbsent(layout.withoutPrefix(module.name()), module);
        }
        return modules;
    }

    /** By what the tuned tensors of a place begin with. */
    private Map<String, LowRankUpdate> updates(
            Checkpoint file, AdapterTensors tensors, Layout layout, Optional<TaskNotes> own) {
        Map<String, PeftModule> modules = modules(layout);
        Map<String, LowRankUpdate> updates = new LinkedHashMap<>();
        List<String> problems = new ArrayList<>();
        List<String> copied = new ArrayList<>();
        tensors.modules().forEach((name, factors) -> {
            PeftModule module = modules.get(name);
            Optional<String> problem = problem(file, name, factors, module);
            if (problem.isPresent()) {
                problems.add(problem.get());
                return;
            }
            FusedFactors fused = new FusedFactors(
                    module,
                    read(file, factors.a()),
                    read(file, factors.b()),
                    factors.magnitude().map(magnitude -> read(file, magnitude)),
                    config.scaleOf(name));
            Optional<List<Integer>> ranks = own.map(notes -> notes.ranks().get(name));
            if (module.places().size() > 1 && ranks.isEmpty()) {
                copied.add(name);
            }
            fused.split(ranks, file.path() + ": " + name)
                    .forEach(update -> updates.put(
                            (config.dora() ? "dora." : "lora.") + update.place().name(), update));
        });
        if (!problems.isEmpty()) {
            throw new DataException(file.path() + " cannot be imported:\n  - " + String.join("\n  - ", problems));
        }
        if (!copied.isEmpty()) {
            notes.add("query, key and value of " + copied.size()
                    + " fused modules get a copy each of the A that they share, and their rows of B");
        }
        return updates;
    }

    private Optional<String> problem(Checkpoint file, String name, AdapterTensors.Factors factors, PeftModule module) {
        int rank = config.rankOf(name);
        List<Long> a = file.infos().get(factors.a()).shape();
        List<Long> b = file.infos().get(factors.b()).shape();
        Optional<List<Long>> magnitude =
                factors.magnitude().map(key -> file.infos().get(key).shape());
        if (!config.targets().include(name)) {
            return Optional.of(name + ": has tensors, but target_modules does not name it");
        }
        if (!a.equals(List.of((long) rank, module.in())) || !b.equals(List.of(module.out(), (long) rank))) {
            return Optional.of(name + ": expected A [" + rank + ", " + module.in() + "] and B [" + module.out() + ", "
                    + rank + "] of the backbone's sizes and the rank in " + PeftConfig.FILE + ", found " + a + " and "
                    + b);
        }
        return magnitude
                .filter(shape -> !shape.equals(List.of(module.out())))
                .map(shape -> name + ": expected a magnitude of [" + module.out() + "], found " + shape);
    }

    private static Tensor read(Checkpoint file, String name) {
        return scoped(file.read(name));
    }

    /** A copy that lives as long as the scope, for a tensor that is owned. */
    private static Tensor scoped(Tensor owned) {
        try {
            return owned.clone();
        } finally {
            Tensors.release(owned);
        }
    }

    private Map<String, Tensor> head(Checkpoint file, AdapterTensors tensors, Layout layout) {
        if (tensors.saved().isEmpty()) {
            return checkpointHead();
        }
        Translation translation = layout.toTimm(tensors.saved());
        Map<String, List<Long>> shapes = new TreeMap<>(translation.shapes());
        List<String> others = new ArrayList<>(translation.unexplained());
        others.addAll(translation.dropped().keySet());
        shapes.keySet().stream()
                .filter(name -> !heads.contains(name.substring(0, Math.max(0, name.lastIndexOf('.')))))
                .forEach(others::add);
        if (!others.isEmpty()) {
            throw new DataException(
                    file.path() + ": expected the head alone among the modules saved whole, found also\n  - "
                            + String.join("\n  - ", others) + "\nInlay imports LoRA with a linear head");
        }
        Map<String, List<Long>> expected = new TreeMap<>();
        long classes = shapes.getOrDefault(heads.get(0) + ".bias", List.of(1L)).get(0);
        heads.forEach(head -> {
            expected.put(head + ".weight", List.of(classes, (long) backbone.embedDim()));
            expected.put(head + ".bias", List.of(classes));
        });
        if (!shapes.equals(expected)) {
            throw new DataException(file.path() + ": expected a linear head such as " + expected + ", found " + shapes);
        }
        Map<String, Tensor> read = new LinkedHashMap<>();
        translation
                .read(name -> file.read(AdapterTensors.PREFIX + name))
                .forEach((name, tensor) -> read.put(name, scoped(tensor)));
        Map<String, Tensor> head = Map.of(
                Tuning.HEAD_WEIGHT, read.get(heads.get(0) + ".weight"),
                Tuning.HEAD_BIAS, read.get(heads.get(0) + ".bias"));
        for (String other : heads) {
            if (!read.get(other + ".weight").equal(head.get(Tuning.HEAD_WEIGHT))
                    || !read.get(other + ".bias").equal(head.get(Tuning.HEAD_BIAS))) {
                throw new DataException(file.path() + ": " + other + " and " + heads.get(0)
                        + " differ, and Inlay has one head for the mean of their tokens");
            }
        }
        return head;
    }

    private Map<String, Tensor> checkpointHead() {
        Classifier own = backbone.checkpointHead()
                .orElseThrow(() -> new DataException(folder + ": the adapter saves no head, and " + backbone.name()
                        + " was loaded without one; train it with modules_to_save=[\"" + heads.get(0)
                        + "\"], or give weights with the head it was trained with"));
        notes.add("the adapter saves no head: took the backbone's, of " + own.classes() + " classes");
        return Map.of(
                Tuning.HEAD_WEIGHT,
                Tensors.of(own.weight(), own.classes(), backbone.embedDim()),
                Tuning.HEAD_BIAS,
                Tensors.of(own.bias(), own.classes()));
    }

    private List<String> classNames(int classes, Optional<List<String>> given, Optional<TaskNotes> own) {
        if (given.isPresent() && given.get().size() != classes) {
            throw new DataException("the head has " + classes + " classes, but "
                    + given.get().size() + " names were given; give one for each");
        }
        return given.or(() -> own.map(TaskNotes::classNames).filter(names -> names.size() == classes))
                .orElseGet(() -> {
                    notes.add("classes are called by their numbers; --classes gives them names");
                    return IntStream.range(0, classes).mapToObj(String::valueOf).toList();
                });
    }
}
