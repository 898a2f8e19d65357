package dev.inlay.interop;

import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.BackboneFamily;
import dev.inlay.backbone.HookPoint;
import dev.inlay.backbone.TunableParameter;
import dev.inlay.checkpoint.StoredTensors;
import dev.inlay.checkpoint.naming.CheckpointLayout;
import dev.inlay.checkpoint.naming.Layouts;
import dev.inlay.checkpoint.safetensors.SafeTensorsWriter;
import dev.inlay.checkpoint.safetensors.TensorEntry;
import dev.inlay.data.LabelSpace;
import dev.inlay.error.ConfigException;
import dev.inlay.file.AtomicFile;
import dev.inlay.file.AtomicFolder;
import dev.inlay.interop.LowRankSpecs.Placed;
import dev.inlay.task.ModelCard;
import dev.inlay.task.Task;
import dev.inlay.task.TaskInfo;
import dev.inlay.tensor.Tensors;
import dev.inlay.tuning.Tuning;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/** Tasks of LoRA and DoRA as folders that {@code PeftModel.from_pretrained} loads onto a model of timm or transformers. */
public final class PeftExport {
    /** Whose names the modules have. */
    public enum Names {
        /** A model of {@code timm.create_model}. */
        TIMM,
        /** {@code ViTForImageClassification} of transformers 5. */
        TRANSFORMERS,
        /** {@code ViTForImageClassification} of transformers before 5. */
        TRANSFORMERS4
    }

    private final Task task;
    private final Backbone backbone;
    private final CheckpointLayout layout;
    private final List<PeftModule> modules;
    private final List<TensorEntry> entries = new ArrayList<>();
    private final Map<String, Integer> ranks = new LinkedHashMap<>();
    private final Map<String, Double> alphas = new LinkedHashMap<>();
    private final Map<String, List<Integer>> partRanks = new TreeMap<>();

    private PeftExport(Task task, Backbone backbone, CheckpointLayout layout) {
        this.task = task;
        this.backbone = backbone;
        this.layout = layout;
        this.modules = PeftModule.of(backbone, layout);
    }

    /**
     * Makes a folder of {@code adapter_config.json} and {@code adapter_model.safetensors}, the head in it.
     *
     * @param task of LoRA or DoRA, or a sum of one of the two
     * @param backbone the task's
     * @param names whose modules the adapter is for
     * @param out the folder; nothing is there yet
     * @throws ConfigException if PEFT cannot express the task, saying why; or if {@code out} holds anything
     * @throws dev.inlay.error.DataException if the task is of another backbone
     */
    public static void write(Task task, Backbone backbone, Names names, Path out) {
        task.requireOneMember("an adapter of PEFT");
        task.requireWholeImages("a network that PEFT adapts by names of timm or transformers");
        AtomicFolder.requireFree(out);
        try (PointerScope scope = new PointerScope();
                Tuning fits = task.attach(backbone)) {
            new PeftExport(task, backbone, layout(names, backbone)).write(out);
        }
    }

    private static CheckpointLayout layout(Names names, Backbone backbone) {
        CheckpointLayout layout =
                switch (names) {
                    case TIMM -> Layouts.TIMM;
                    case TRANSFORMERS -> Layouts.VIT_5;
                    case TRANSFORMERS4 -> Layouts.VIT;
                };
        List<String> unexplained =
                layout.fromTimm(Tensors.shapesOf(backbone.parameters())).unexplained();
        if (!unexplained.isEmpty()) {
            throw new ConfigException(
                    backbone.name() + " is no ViTForImageClassification of transformers, which has no "
                            + unexplained.get(0) + "; use --names timm");
        }
        return layout;
    }

    private void write(Path out) {
        List<Placed> placed = LowRankSpecs.placed(task.info().spec(), backbone);
        requireLinearLayers(placed);
        boolean dora = placed.get(0).magnitudes();
        List<String> problems = new ArrayList<>();
        for (PeftModule module : modules) {
            List<LowRankUpdate> updates = module.places().stream()
                    .flatMap(hookPoint -> placed.stream().filter(p -> p.place().equals(hookPoint)))
                    .map(this::update)
                    .toList();
            if (updates.stream().mapToDouble(LowRankUpdate::scale).distinct().count() > 1) {
                problems.add(module.name()
                        + ": query, key and value have different alpha / rank, and PEFT has one for the" + " module");
            } else if (!updates.isEmpty()) {
                requireCalled(module);
                add(module, updates);
            }
        }
        if (!problems.isEmpty()) {
            throw new ConfigException(
                    "the adapter would have one module where the task has several; use --names transformers", problems);
        }
        List<String> heads = addHeads();
        String config = PeftConfig.json(dora, placed.get(0).dropout(), targets(), ranks, alphas, heads)
                .toPrettyString();
        TaskInfo info = task.info();
        TaskNotes notes = new TaskNotes(
                info.classNames(),
                info.transform().orElse(null),
                info.temperature() == 1 ? null : info.temperature(),
                info.labels().kind() == LabelSpace.Kind.SINGLE
                        ? null
                        : info.labels().kind(),
                info.labels() instanceof LabelSpace.ClassSet set ? set.thresholds() : null,
                partRanks);
        Map<String, String> metadata = Map.of("format", "pt", TaskNotes.KEY, notes.json());
        AtomicFolder.write(out, folder -> {
            SafeTensorsWriter.write(folder.resolve("adapter_model.safetensors"), entries, metadata);
            AtomicFile.write(folder.resolve(PeftConfig.FILE), config + "\n");
            ModelCard.write(task, ModelCard.Library.PEFT, folder);
        });
    }

    private void requireLinearLayers(List<Placed> placed) {
        List<String> convolutions = placed.stream()
                .map(Placed::place)
                .filter(hookPoint -> frozen(hookPoint).dim() > 2)
                .map(HookPoint::name)
                .toList();
        if (!convolutions.isEmpty()) {
            throw new ConfigException("the modules beside " + String.join(", ", convolutions)
                    + " cannot be written for PEFT: timm has convolutions there; export merged weights instead, or tune"
                    + " other operations");
        }
    }

    /** PEFT's modules act where the layer is called; timm's {@code EvaAttention} with biases of its own never does. */
    private void requireCalled(PeftModule module) {
        List<String> elsewhere = module.biases(backbone).stream()
                .filter(bias -> !bias.equals(module.name() + ".bias"))
                .toList();
        if (module.places().size() > 1 && !elsewhere.isEmpty()) {
            throw new ConfigException("a module of PEFT beside " + module.name() + " would do nothing: timm adds "
                    + String.join(" and ", elsewhere) + " with a product of its own and never calls the layer; export"
                    + " merged weights instead, or tune other operations");
        }
    }

    private LowRankUpdate update(Placed placed) {
        String name = placed.method() + "." + placed.place().name();
        Map<String, Tensor> trained = task.trainables();
        return new LowRankUpdate(
                placed.place(),
                trained.get(name + ".A"),
                trained.get(name + ".B"),
                Optional.ofNullable(trained.get(name + ".magnitude")),
                placed.scale());
    }

    private void add(PeftModule module, List<LowRankUpdate> updates) {
        FusedFactors fused = FusedFactors.of(module, updates, this::frozen);
        String name = AdapterTensors.PREFIX + module.name();
        int rank = Math.toIntExact(fused.a().size(0));
        entries.add(StoredTensors.entry(name + AdapterTensors.A, fused.a()));
        entries.add(StoredTensors.entry(name + AdapterTensors.B, fused.b()));
        fused.magnitude()
                .ifPresent(values -> entries.add(StoredTensors.entry(name + AdapterTensors.MAGNITUDE, values)));
        ranks.put(module.name(), rank);
        alphas.put(module.name(), fused.scale() * rank);
        if (module.places().size() > 1 && !FusedFactors.share(module, updates)) {
            partRanks.put(module.name(), FusedFactors.ranks(module, updates));
        }
    }

    private Tensor frozen(HookPoint hookPoint) {
        TunableParameter tunable = backbone.tunableParameters().stream()
                .filter(matrix -> matrix.kind() == TunableParameter.Kind.MATRIX
                        && matrix.linear().equals(hookPoint.name()))
                .findFirst()
                .orElseThrow();
        return backbone.parameters().get(tunable.parameter()).narrow(0, tunable.firstRow(), tunable.rows());
    }

    /** Adds the head's tensors and says what its modules are called. */
    private List<String> addHeads() {
        List<String> modules = new ArrayList<>();
        for (String head : BackboneFamily.of(backbone.spec()).headNames(backbone.spec())) {
            LabelSpace labels = task.info().labels();
            String weight = stored(
                    head + ".weight",
                    PlainOutputs.weight(labels, task.trainables().get(Tuning.HEAD_WEIGHT)));
            stored(head + ".bias", PlainOutputs.bias(labels, task.trainables().get(Tuning.HEAD_BIAS)));
            modules.add(weight.substring(0, weight.lastIndexOf('.')));
        }
        return modules;
    }

    private String stored(String timm, Tensor tensor) {
        String name = layout.fromTimm(Map.of(timm, Tensors.shapeOf(tensor)))
                .steps()
                .get(0)
                .to()
                .get(0);
        entries.add(StoredTensors.entry(AdapterTensors.PREFIX + name, tensor));
        return name;
    }

    /** Ends of names where they name exactly what is tuned, else whole names. */
    private List<String> targets() {
        List<String> ends = ranks.keySet().stream()
                .map(PeftExport::insideBlock)
                .distinct()
                .sorted()
                .toList();
        boolean exact = modules.stream()
                .allMatch(module -> ModulePattern.names(ends, module.name()) == ranks.containsKey(module.name()));
        return exact ? ends : List.copyOf(ranks.keySet());
    }

    /** What follows the last number of a name. */
    private static String insideBlock(String module) {
        return module.replaceFirst("^.*\\.\\d+\\.", "");
    }
}
