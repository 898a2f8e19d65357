package dev.inlay.tuning.method;

import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.HookPoint;
import dev.inlay.backbone.TunableParameter;
import dev.inlay.error.ConfigException;
import dev.inlay.plan.BlockWidth;
import dev.inlay.plan.Candidate;
import dev.inlay.plan.FlatIndices;
import dev.inlay.plan.Plan;
import dev.inlay.plan.PromptName;
import dev.inlay.random.Key;
import dev.inlay.tuning.Activation;
import dev.inlay.tuning.Affine;
import dev.inlay.tuning.Attachment;
import dev.inlay.tuning.Initial;
import dev.inlay.tuning.OutputHook;
import dev.inlay.tuning.Trainable.Kind;
import dev.inlay.tuning.Trainable.Role;
import dev.inlay.tuning.TuningSpec;
import dev.inlay.tuning.WholeParameters;
import dev.inlay.tuning.sparse.SparseVector;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.bytedeco.pytorch.Tensor;

/**
 * Tunes what a plan says. Trainables are named {@code lora.<site>.A|B}, {@code adapter.<site>.down|up.weight|bias},
 * {@code adapterPlus.<block>.down|up.weight|bias} and {@code .scale}, {@code full.<vector>}, {@code sparse.<parameter>.delta}, {@code full.cls_token}.
 *
 * @param plan what to tune
 * @param dropout on the input of every module while training, in [0, 1); the paper's code uses 0.1
 * @param dropPath of every module while training, in [0, 1); the paper's code uses 0.1
 * @param origin whether modules are initialised and placed as described, or with the quirks of the original code
 */
public record Planned(Plan plan, double dropout, double dropPath, Origin origin) implements TuningSpec {
    /** The name in configs. */
    public static final String METHOD = "spt";

    /** The description or the original code where the two differ. */
    public enum Origin {
        /**
         * Modules start at zero change, are dropped alike, sit behind their matrix (adapter) or beside it (LoRA); single
         * LayerNorm weights train.
         */
        PAPER,
        /**
         * As the authors' code does: both matrices of a module start from N(0, 0.02²); the module of {@code attn.proj}
         * reads the matrix's input and has no dropout; individual weights of LayerNorms do not train.
         */
        SEED
    }

    private static final String PROJ = "attn.proj";
    private static final double SEED_STD = 0.02;

    /** Checks the rates. */
    public Planned {
        requireRate("dropout", dropout);
        requireRate("dropPath", dropPath);
    }

    private static void requireRate(String name, double rate) {
        if (!(rate >= 0 && rate < 1)) {
            throw new ConfigException("method." + name + ": must be in [0, 1), found " + rate);
        }
    }

    @Override
    public String method() {
        return METHOD;
    }

    @Override
    public void attach(Attachment attachment) {
        Map<String, TunableParameter> tunables = sites(attachment);
        for (String matrix : plan.matrices()) {
            TunableParameter tunable = tunables.get(matrix);
            attachment.output(tunable.linear(), module(attachment, tunable));
        }
        for (String vector : plan.vectors()) {
            WholeParameters.tune(attachment, tunables.get(vector), Role.VECTOR);
        }
        plan.sparse().forEach((name, indices) -> tuneEntries(attachment, tunables.get(name), indices));
        prompts(attachment);
        widths(attachment);
        if (plan.tunesClassToken()) {
            attachment.backbone().tunableParameters().stream()
                    .filter(tunable -> tunable.kind() == TunableParameter.Kind.CLASS_TOKEN)
                    .forEach(tunable -> WholeParameters.tune(attachment, tunable, Role.CLASS_TOKEN));
        }
    }

    /** The backbone's tunable parameters by name; every tunable parameter of the plan is there, is of the kind that the plan says, and is large enough. */
    private Map<String, TunableParameter> sites(Attachment attachment) {
        Map<String, TunableParameter> tunables = new HashMap<>();
        attachment.backbone().tunableParameters().forEach(tunable -> tunables.put(tunable.name(), tunable));
        List<String> problems = new ArrayList<>();
        plan.matrices().forEach(name -> require(tunables, name, Candidate.Kind.MATRIX, problems));
        plan.vectors().forEach(name -> require(tunables, name, Candidate.Kind.VECTOR, problems));
        plan.prompts().forEach(name -> requirePrompt(attachment.backbone(), name, problems));
        Map<Integer, HookPoint> blocks = blocks(attachment.backbone());
        plan.blocks().forEach(block -> requireBlock(blocks.get(block.block()), block, problems));
        plan.sparse().forEach((name, indices) -> {
            TunableParameter tunable = tunables.get(name);
            if (tunable == null) {
                problems.add(name + ": the backbone has no such tunable parameter");
            } else if (indices.last() >= tunable.size()) {
                problems.add(name + ": index " + indices.last() + " is outside of its " + tunable.size() + " weights");
            }
        });
        if (!problems.isEmpty()) {
            throw new ConfigException(
                    "the plan does not fit " + attachment.backbone().name(), problems);
        }
        return tunables;
    }

    private static void requirePrompt(Backbone backbone, String name, List<String> problems) {
        if (PromptName.parse(name)
                .filter(prompt -> prompt.block() < backbone.depth())
                .isEmpty()) {
            problems.add(name + ": expected a prompt of one of " + backbone.depth() + " blocks, such as "
                    + new PromptName(0, 0));
        }
    }

    private static void require(
            Map<String, TunableParameter> tunables, String name, Candidate.Kind kind, List<String> problems) {
        TunableParameter tunable = tunables.get(name);
        boolean fits = tunable != null
                && Candidate.among(List.of(tunable)).stream().anyMatch(candidate -> candidate.kind() == kind);
        if (!fits) {
            problems.add(name + ": expected a " + kind + " of the backbone, found "
                    + (tunable == null ? "none" : tunable.kind()));
        }
    }

    /** The chosen prompts of each block start as they were scored, where plan and training have one seed. */
    private void prompts(Attachment attachment) {
        Map<Integer, List<Integer>> chosen = new TreeMap<>();
        plan.prompts().forEach(name -> PromptName.parse(name)
                .ifPresent(prompt -> chosen.computeIfAbsent(prompt.block(), block -> new ArrayList<>())
                        .add(prompt.number())));
        chosen.forEach((block, numbers) -> {
            int width = attachment.backbone().embedDim(block);
            String name = PromptName.of(block);
            int drawn = Collections.max(numbers) + 1;
            float[] all =
                    Prompts.initial(attachment.backbone(), attachment.init().at(name), drawn, width);
            float[] values = new float[numbers.size() * width];
            for (int i = 0; i < numbers.size(); i++) {
                System.arraycopy(all, numbers.get(i) * width, values, i * width, width);
            }
            long[] shape = {1, numbers.size(), width};
            Tensor tokens = attachment.trainable(name, values, shape, Role.MODULE, Kind.TOKEN);
            attachment.context(block, new Prompts(name, tokens, dropout));
        });
    }

    /** Bottlenecks behind blocks. */
    private void widths(Attachment attachment) {
        Map<Integer, HookPoint> blocks = blocks(attachment.backbone());
        for (BlockWidth block : plan.blocks()) {
            if (block.width() > 0) {
                AdapterPlus.attach(attachment, blocks.get(block.block()), block.width(), dropPath);
            }
        }
    }

    private static Map<Integer, HookPoint> blocks(Backbone backbone) {
        return backbone.hookPoints().stream()
                .filter(point -> point.kind() == HookPoint.Kind.BLOCK)
                .collect(Collectors.toMap(HookPoint::block, point -> point));
    }

    private static void requireBlock(HookPoint found, BlockWidth block, List<String> problems) {
        if (found == null) {
            problems.add("block " + block.block() + ": the backbone has no such block");
        } else if (found.out() != block.dim()) {
            problems.add(
                    "block " + block.block() + ": expected a dimension of " + found.out() + ", found " + block.dim());
        }
    }

    private OutputHook module(Attachment attachment, TunableParameter tunable) {
        boolean asSeedProj = origin == Origin.SEED && tunable.operation().equals(PROJ);
        double inputDropout = asSeedProj ? 0 : dropout;
        return switch (plan.rule().module(tunable.operation())) {
            case LORA -> lora(attachment, tunable, inputDropout);
            case ADAPTER -> adapter(attachment, tunable, inputDropout, asSeedProj);
            case SSF ->
                Ssf.ScaleAndShift.trainable(attachment, "ssf." + tunable.linear(), Math.toIntExact(tunable.rows()), 0);
            case ADAPTER_PLUS -> throw new IllegalStateException("a plan with modules of blocks has no matrices");
        };
    }

    private OutputHook lora(Attachment attachment, TunableParameter tunable, double inputDropout) {
        String name = "lora." + tunable.linear();
        Tensor a = matrix(attachment, name + ".A", rank(), tunable.rowSize(), true);
        Tensor b = matrix(attachment, name + ".B", tunable.rows(), rank(), false);
        return new Lora.Update(name, a, b, 1, inputDropout, dropPath);
    }

    private OutputHook adapter(Attachment attachment, TunableParameter tunable, double inputDropout, boolean beside) {
        String name = "adapter." + tunable.linear();
        long width = beside ? tunable.rowSize() : tunable.rows();
        Affine down = affine(attachment, name + ".down", rank(), width, true);
        Affine up = affine(attachment, name + ".up", tunable.rows(), rank(), false);
        return new Adapter.Layer(name, beside, down, up, Activation.GELU, 1, inputDropout, dropPath);
    }

    private Affine affine(Attachment attachment, String name, long out, long in, boolean live) {
        Tensor weight = matrix(attachment, name + ".weight", out, in, live);
        long[] shape = {out};
        return new Affine(
                weight, attachment.trainable(name + ".bias", new float[(int) out], shape, Role.MODULE, Kind.BIAS));
    }

    private long rank() {
        return plan.rule().rank();
    }

    /** Kaiming-uniform with a = √5, that is U(-1/√in, 1/√in), or zero for the second matrix of a module. */
    private Tensor matrix(Attachment attachment, String name, long out, long in, boolean live) {
        Key key = attachment.init().at(name);
        float[] values;
        if (origin == Origin.SEED) {
            values = Initial.normal(key, out * in, 0, SEED_STD);
        } else {
            values = live ? Initial.linear(key, out, in) : new float[Math.toIntExact(out * in)];
        }
        return attachment.trainable(name, values, new long[] {out, in}, Role.MODULE, Kind.WEIGHT);
    }

    private void tuneEntries(Attachment attachment, TunableParameter tunable, FlatIndices indices) {
        if (origin == Origin.SEED && isNorm(attachment, tunable)) {
            return;
        }
        Tensor delta = attachment.trainable(
                "sparse." + tunable.name() + ".delta",
                new float[indices.size()],
                new long[] {indices.size()},
                Role.SPARSE,
                Kind.of(tunable));
        if (tunable.kind() == TunableParameter.Kind.MATRIX) {
            attachment.entries(tunable, indices, delta);
        } else {
            attachment.value(tunable, new SparseVector(indices, delta));
        }
    }

    /** A vector that is not the bias of a linear layer. */
    private static boolean isNorm(Attachment attachment, TunableParameter tunable) {
        return tunable.kind() == TunableParameter.Kind.VECTOR
                && attachment.backbone().tunableParameters().stream()
                        .noneMatch(other -> other.kind() == TunableParameter.Kind.MATRIX
                                && other.block() == tunable.block()
                                && other.operation().equals(tunable.operation()));
    }
}
