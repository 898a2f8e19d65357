package dev.inlay.interop;

import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.BackboneFamily;
import dev.inlay.backbone.Classifier;
import dev.inlay.checkpoint.Checkpoint;
import dev.inlay.checkpoint.naming.CheckpointLayout;
import dev.inlay.checkpoint.naming.Translation;
import dev.inlay.checkpoint.safetensors.Dtype;
import dev.inlay.checkpoint.safetensors.TensorInfo;
import dev.inlay.data.LabelSpace;
import dev.inlay.data.transform.ImageTransform;
import dev.inlay.error.DataException;
import dev.inlay.task.BackboneInfo;
import dev.inlay.task.TaskFile;
import dev.inlay.task.TaskInfo;
import dev.inlay.tensor.LibTorch;
import dev.inlay.tensor.Tensors;
import dev.inlay.tuning.Tuning;
import dev.inlay.tuning.TuningSpec;
import dev.inlay.tuning.method.HeadOnly;
import dev.inlay.tuning.method.Sum;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.Tensor;

/**
 * Adapters of Hugging Face PEFT as tasks: LoRA and DoRA on the linear layers of a backbone and on its head, LoRA on its patch
 * embedding, biases and norms saved beside them, under timm's names or those of transformers. The task computes the same logits as
 * PEFT on the same backbone.
 */
public final class PeftImport {
    private static final int SHOWN = 5;

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
     * @param transform from an image to what the backbone takes; empty for that which an export of Inlay noted, if any
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
        PeftNetwork network = network(tensors);
        requireTargets(file, tensors, network);
        Map<String, LowRankUpdate> updates = updates(file, tensors, network, own);
        ReplacedParameters whole = wholeParameters(file, tensors, network);
        Map<String, Tensor> values = new LinkedHashMap<>(head(file, tensors, network));
        int classes = Math.toIntExact(values.get(Tuning.HEAD_BIAS).numel());
        TuningSpec spec = spec(updates, whole);
        updates.forEach((name, update) -> {
            values.put(name + ".A", update.a());
            values.put(name + ".B", update.b());
            update.magnitude().ifPresent(magnitude -> values.put(name + ".magnitude", magnitude));
        });
        values.putAll(whole.values());
        TaskInfo info = new TaskInfo(
                spec,
                BackboneInfo.of(backbone),
                labels(classNames(classes, classNames, own), own),
                transform.or(() -> own.map(TaskNotes::transform)),
                new TreeMap<>(),
                new TreeMap<>(Map.of("source", "an adapter of PEFT")),
                own.map(TaskNotes::temperature).orElse(1.0));
        try (Tuning tuning = new Tuning(backbone, spec, classes, 0)) {
            tuning.load(values, file.path().toString());
            TaskFile.write(out, info, tuning);
        }
    }

    private TuningSpec spec(Map<String, LowRankUpdate> updates, ReplacedParameters whole) {
        List<TuningSpec> parts = new ArrayList<>();
        if (!updates.isEmpty()) {
            parts.addAll(LowRankSpecs.of(updates.values(), config.dora(), config.dropout(), backbone)
                    .terms());
        }
        whole.spec().ifPresent(parts::add);
        return switch (parts.size()) {
            case 0 -> new HeadOnly();
            case 1 -> parts.get(0);
            default -> new Sum(parts);
        };
    }

    /** The network in which every module that is tuned is one that Inlay has. */
    private PeftNetwork network(AdapterTensors tensors) {
        PeftNetwork network = PeftNetwork.of(backbone, tensors);
        List<String> unknown = network.unknown(tensors.modules().keySet());
        if (!unknown.isEmpty()) {
            List<String> shown = unknown.subList(0, Math.min(SHOWN, unknown.size()));
            throw new DataException(folder + ": " + unknown.size() + " of "
                    + tensors.modules().size() + " modules are none of " + backbone.name() + "'s, whose names fit "
                    + network.layout()
                    + " best; the adapter is of another network, or tunes what Inlay's LoRA does not:\n  - "
                    + String.join("\n  - ", shown)
                    + (shown.size() < unknown.size() ? "\n  - and " + (unknown.size() - shown.size()) + " more" : "")
                    + "\ngive --backbone the network that it was trained on; LoRA is imported on query, key, value, proj, fc1, fc2,"
                    + " the head and the patch embedding");
        }
        notes.add("modules are called as in " + network.layout()
                + (network.prefix().isEmpty() ? "" : ", below " + network.prefix()));
        return network;
    }

    /** PEFT would pass over the tensors of a module that the settings do not name. */
    private void requireTargets(Checkpoint file, AdapterTensors tensors, PeftNetwork network) {
        List<String> problems = new ArrayList<>();
        tensors.modules().forEach((name, factors) -> config.targets()
                .reasonAgainst(name)
                .or(() -> problem(file, name, factors, network))
                .ifPresent(reason -> problems.add(name + ": " + reason)));
        if (!problems.isEmpty()) {
            throw new DataException(file.path() + " cannot be imported:\n  - " + String.join("\n  - ", problems));
        }
    }

    /** By what the tuned tensors of a place begin with. */
    private Map<String, LowRankUpdate> updates(
            Checkpoint file, AdapterTensors tensors, PeftNetwork network, Optional<TaskNotes> own) {
        Map<String, LowRankUpdate> updates = new LinkedHashMap<>();
        List<String> copied = new ArrayList<>();
        tensors.modules().forEach((name, factors) -> {
            PeftModule module = network.linear().get(network.own(name));
            if (module == null) {
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
        if (!copied.isEmpty()) {
            notes.add("query, key and value of " + copied.size()
                    + " fused modules get a copy each of the A that they share, and their rows of B");
        }
        return updates;
    }

    private Optional<String> problem(
            Checkpoint file, String name, AdapterTensors.Factors factors, PeftNetwork network) {
        long rank = config.rankOf(name);
        List<Long> a = file.infos().get(factors.a()).shape();
        List<Long> b = file.infos().get(factors.b()).shape();
        String own = network.own(name);
        if (network.patches().containsKey(own)) {
            List<Long> filters =
                    Tensors.shapeOf(backbone.parameters().get(network.patches().get(own) + ".weight"));
            if (factors.magnitude().isPresent()) {
                return Optional.of(
                        "DoRA on a convolution is not imported; train with use_dora=False, or exclude_modules it");
            }
            return wrongSizes(
                    a,
                    b,
                    List.of(rank, filters.get(1), filters.get(2), filters.get(3)),
                    List.of(filters.get(0), rank, 1L, 1L));
        }
        PeftModule module = network.linear().get(own);
        if (module == null) {
            return b.size() == 2 && b.get(1) == rank && a.equals(List.of(rank, (long) backbone.embedDim()))
                    ? Optional.empty()
                    : wrongSizes(a, b, List.of(rank, (long) backbone.embedDim()), List.of());
        }
        Optional<String> magnitude = factors.magnitude()
                .map(key -> file.infos().get(key).shape())
                .filter(shape -> !shape.equals(List.of(module.out())))
                .map(shape -> "expected a magnitude of [" + module.out() + "], found " + shape);
        return wrongSizes(a, b, List.of(rank, module.in()), List.of(module.out(), rank))
                .or(() -> magnitude);
    }

    private static Optional<String> wrongSizes(List<Long> a, List<Long> b, List<Long> expectedA, List<Long> expectedB) {
        return a.equals(expectedA) && b.equals(expectedB)
                ? Optional.empty()
                : Optional.of("expected A " + expectedA + " and B "
                        + (expectedB.isEmpty() ? "[classes, " + expectedA.get(0) + "]" : expectedB)
                        + " of the backbone's sizes and the rank in " + PeftConfig.FILE + ", found " + a + " and " + b);
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

    /** What is saved whole of the network without its head, and the patch embedding's LoRA. */
    private ReplacedParameters wholeParameters(Checkpoint file, AdapterTensors tensors, PeftNetwork network) {
        ReplacedParameters whole = new ReplacedParameters(backbone);
        Map<String, String> saved = backboneSaved(tensors, network);
        List<String> problems = new ArrayList<>();
        Set<String> left = new LinkedHashSet<>(saved.keySet());
        Translation written = network.layout().fromTimm(Tensors.shapesOf(backbone.parameters()));
        for (Translation.Step step : written.steps()) {
            Map<String, String> keys = new LinkedHashMap<>();
            step.to().forEach(name -> Stream.of(name, network.layout().withoutPrefix(name))
                    .filter(left::remove)
                    .forEach(spelt -> keys.put(name, saved.get(spelt))));
            if (!keys.isEmpty()) {
                replace(file, step, keys, network.layout(), whole, problems);
            }
        }
        Set<String> otherHeads = new TreeSet<>();
        for (String name : left) {
            network.layout()
                    .reasonToDrop(name)
                    .ifPresentOrElse(
                            otherHeads::add, () -> problems.add(name + ": no parameter of " + backbone.name()));
        }
        if (!otherHeads.isEmpty()) {
            throw new DataException(file.path() + ": expected a linear head on what " + backbone.name()
                    + " reads out, found " + String.join("; ", otherHeads)
                    + "; train with a head of [classes, " + backbone.embedDim()
                    + "] on the class token, as timm's model has");
        }
        if (!problems.isEmpty()) {
            throw new DataException(
                    file.path() + ": of what is saved whole, Inlay imports a linear head, biases, norms and the patch"
                            + " embedding, found also\n  - " + String.join("\n  - ", problems)
                            + "\ntrain with modules_to_save that names the head and norms alone");
        }
        tensors.modules().forEach((name, factors) -> {
            String patches = network.patches().get(network.own(name));
            if (patches != null) {
                Tensor frozen = backbone.parameters().get(patches + ".weight");
                Tensor update = read(file, factors.b())
                        .flatten(1, 3)
                        .matmul(read(file, factors.a()).flatten(1, 3))
                        .mul(new Scalar(config.scaleOf(name)));
                whole.replace(patches + ".weight", frozen.add(update.view_as(frozen)));
            }
        });
        if (whole.size() > 0) {
            notes.add(whole.size() + " numbers of biases, norms and patch embedding are the adapter's");
        }
        return whole;
    }

    /** What is saved and not the head's: name in the network to name in the file. */
    private static Map<String, String> backboneSaved(AdapterTensors tensors, PeftNetwork network) {
        Map<String, String> saved = new LinkedHashMap<>();
        tensors.saved().forEach((name, key) -> {
            if (network.inHead(name).isEmpty()) {
                saved.put(network.own(name), key);
            }
        });
        return saved;
    }

    /**
     * Makes timm's parameters of what is saved, and of the frozen ones beside it where timm has fused them.
     *
     * @param keys name in the layout to name in the file
     */
    private void replace(
            Checkpoint file,
            Translation.Step step,
            Map<String, String> keys,
            CheckpointLayout layout,
            ReplacedParameters whole,
            List<String> problems) {
        List<Tensor> frozen = step.work()
                .apply(step.from().stream().map(backbone.parameters()::get).toList());
        Map<String, Tensor> stored = new LinkedHashMap<>();
        Map<String, TensorInfo> infos = new LinkedHashMap<>();
        for (int i = 0; i < step.to().size(); i++) {
            String name = step.to().get(i);
            Tensor value = keys.containsKey(name) ? read(file, keys.get(name)) : frozen.get(i);
            if (!Tensors.shapeOf(value).equals(Tensors.shapeOf(frozen.get(i)))) {
                problems.add(name + ": expected " + Tensors.shapeOf(frozen.get(i)) + " of the backbone, found "
                        + Tensors.shapeOf(value));
                return;
            }
            stored.put(name, value);
            infos.put(name, new TensorInfo(name, Dtype.F32, Tensors.shapeOf(value)));
        }
        layout.toTimm(infos)
                .read(name -> Tensors.own(stored.get(name).clone()))
                .forEach((name, tensor) -> whole.replace(name, scoped(tensor)).ifPresent(problems::add));
    }

    /** The head that is saved or the backbone's, with the low-rank update that the adapter has for it. */
    private Map<String, Tensor> head(Checkpoint file, AdapterTensors tensors, PeftNetwork network) {
        Map<String, Map<String, Tensor>> found = new LinkedHashMap<>();
        Map<String, Tensor> saved = new LinkedHashMap<>();
        tensors.saved()
                .forEach((name, key) -> network.inHead(name).ifPresent(timm -> saved.put(timm, read(file, key))));
        for (String head : heads) {
            Tensor weight = saved.get(head + ".weight");
            Tensor bias = saved.get(head + ".bias");
            if (weight != null && bias == null) {
                throw new DataException(file.path() + ": expected " + head + ".bias beside " + head
                        + ".weight, found none; Inlay's head has a bias");
            }
            Map<String, Tensor> tuned = new LinkedHashMap<>();
            Optional<Classifier> own = weight == null ? Optional.of(checkpointHead()) : Optional.empty();
            tuned.put(
                    Tuning.HEAD_WEIGHT,
                    weight != null
                            ? weight
                            : Tensors.of(own.get().weight(), own.get().classes(), backbone.embedDim()));
            tuned.put(
                    Tuning.HEAD_BIAS,
                    bias != null ? bias : Tensors.of(own.get().bias(), own.get().classes()));
            requireHead(file, head, tuned);
            found.put(head, tuned);
        }
        if (saved.isEmpty()) {
            notes.add("the adapter saves no head: took the backbone's, of "
                    + found.get(heads.get(0)).get(Tuning.HEAD_BIAS).numel() + " classes");
        }
        tensors.modules().forEach((name, factors) -> {
            String head = network.heads().get(network.own(name));
            if (head != null) {
                Map<String, Tensor> tuned = found.get(head);
                tuned.put(Tuning.HEAD_WEIGHT, updated(file, name, factors, tuned.get(Tuning.HEAD_WEIGHT)));
                notes.add("the low-rank update of " + name + " is added to the head");
            }
        });
        Map<String, Tensor> first = found.get(heads.get(0));
        found.forEach((other, tuned) -> {
            if (!tuned.get(Tuning.HEAD_WEIGHT).equal(first.get(Tuning.HEAD_WEIGHT))
                    || !tuned.get(Tuning.HEAD_BIAS).equal(first.get(Tuning.HEAD_BIAS))) {
                throw new DataException(file.path() + ": " + other + " and " + heads.get(0)
                        + " differ, and Inlay has one head for the mean of their tokens");
            }
        });
        return first;
    }

    private void requireHead(Checkpoint file, String name, Map<String, Tensor> head) {
        List<Long> weight = Tensors.shapeOf(head.get(Tuning.HEAD_WEIGHT));
        List<Long> bias = Tensors.shapeOf(head.get(Tuning.HEAD_BIAS));
        if (bias.size() != 1 || !weight.equals(List.of(bias.get(0), (long) backbone.embedDim()))) {
            throw new DataException(file.path() + ": " + name + ": expected a linear head, weight [classes, "
                    + backbone.embedDim() + "] and bias [classes], found " + weight + " and " + bias);
        }
    }

    /** W + scale · B A, its rows brought to the magnitude if it is DoRA. */
    private Tensor updated(Checkpoint file, String name, AdapterTensors.Factors factors, Tensor weight) {
        Tensor b = read(file, factors.b());
        if (b.size(0) != weight.size(0)) {
            throw new DataException(file.path() + ": " + name + ": expected a B of " + weight.size(0)
                    + " rows, the head's classes, found " + b.size(0));
        }
        Tensor sum = weight.add(b.matmul(read(file, factors.a())).mul(new Scalar(config.scaleOf(name))));
        return factors.magnitude()
                .map(magnitude -> {
                    Tensor norm = sum.norm(new ScalarOptional(new Scalar(2.0)), 1);
                    return sum.mul(read(file, magnitude).div(norm).unsqueeze(1));
                })
                .orElse(sum);
    }

    private Classifier checkpointHead() {
        return backbone.checkpointHead()
                .orElseThrow(() -> new DataException(folder + ": the adapter saves no head, and " + backbone.name()
                        + " was loaded without one; train it with modules_to_save=[\"" + heads.get(0)
                        + "\"], or give weights with the head it was trained with"));
    }

    private static LabelSpace labels(List<String> names, Optional<TaskNotes> own) {
        return own.map(notes -> notes.labels(names)).orElseGet(() -> LabelSpace.oneOf(names));
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
