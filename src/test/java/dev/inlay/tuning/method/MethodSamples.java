package dev.inlay.tuning.method;

import static dev.inlay.tuning.Activation.GELU;
import static dev.inlay.tuning.Activation.RELU;
import static dev.inlay.tuning.method.Adapter.Placement.HOULSBY;
import static dev.inlay.tuning.method.Adapter.Placement.PARALLEL;
import static dev.inlay.tuning.method.Adapter.Placement.PFEIFFER;

import dev.inlay.backbone.Backbone;
import dev.inlay.error.ConfigException;
import dev.inlay.golden.Golden;
import dev.inlay.tuning.SmallTuning;
import dev.inlay.tuning.Tuning;
import dev.inlay.tuning.TuningSpec;
import dev.inlay.tuning.method.Prompt.Depth;
import dev.inlay.tuning.method.Prompt.Pool;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;

/**
 * Small forms of every method on a network of every family, drawing all that they can draw. A method that has no form here
 * is there in one that {@link SmallSettings} makes of the keys that it asks for, so a new one is tested without a line here.
 */
public final class MethodSamples {
    /** Methods whose drawn values are part of what is computed from the start, whatever their settings. */
    private static final Set<String> CHANGE_AT_ONCE = Set.of("adapterPlus", "pad", "prompt");

    private static final List<Integer> ALL = List.of();

    private MethodSamples() {}

    /** A small network of a family, with the images and labels that belong to it. */
    public enum Network {
        /** Of a class token and 3 × 4 patches. */
        VIT("spt_forward", 0, 0.5) {
            @Override
            public Backbone backbone() {
                return Golden.vit();
            }

            @Override
            Stream<TuningSpec> forms() {
                return Stream.of(
                        new Adapter(HOULSBY, 8, GELU, 1, 0, ALL),
                        new Adapter(PFEIFFER, 96, GELU, 1, 0, ALL),
                        new Adapter(PARALLEL, 8, RELU, 0.1, 0.2, List.of(-1, 0)),
                        new MlpHead(3),
                        new MlpHead(1),
                        new Ssf(Ssf.Init.IDENTITY, List.of(), ALL),
                        new Ssf(Ssf.Init.RANDOM, List.of("mlp.fc1"), List.of(-2)),
                        new Dora(8, 8, 0.1, List.of("attn.q", "attn.v"), ALL),
                        new Dora(4, 6, 0, List.of(), List.of(1)),
                        new AdapterPlus(8, 0.1, ALL),
                        new Convpass(8, 1, 0.1, ALL),
                        new Partial(1),
                        new Partial(2),
                        new ClassToken(false),
                        new ClassToken(true));
            }
        },
        /** Of four stages, with shifted windows. */
        SWIN("swin", 0.2, 0.5) {
            @Override
            public Backbone backbone() {
                return Golden.swin("swin");
            }

            @Override
            Stream<TuningSpec> forms() {
                return Stream.of(
                        new HeadOnly(),
                        new Bias(),
                        new FullFineTuning(),
                        new Partial(3),
                        new Lora(2, 4, 0.1, List.of(), ALL),
                        new Dora(2, 4, 0.1, List.of(), ALL),
                        new Adapter(HOULSBY, 3, GELU, 1, 0.1, ALL),
                        new Adapter(PARALLEL, 3, RELU, 0.5, 0.1, List.of(0, -1)),
                        new Convpass(3, 1, 0.1, ALL),
                        new Ssf(Ssf.Init.IDENTITY, List.of(), ALL),
                        new AdapterPlus(3, 0.1, ALL),
                        new MlpHead(2),
                        prompt(Depth.SHALLOW, Pool.CLASS_TOKEN),
                        prompt(Depth.DEEP, Pool.CLASS_TOKEN),
                        prompt(Depth.DEEP, Pool.PATCHES_AND_PROMPTS),
                        new Prompt(Depth.DEEP, 2, 0.1, 5, true, List.of(2, 3), Pool.PROMPTS),
                        new Sum(List.of(prompt(Depth.SHALLOW, Pool.PATCHES), new Bias())));
            }
        },
        /** Of stages in which rows and columns are left over. */
        CONVNEXT("convnext", 0.1, 0.1) {
            @Override
            public Backbone backbone() {
                return Golden.convnext();
            }

            @Override
            Stream<TuningSpec> forms() {
                return Stream.of(
                        new HeadOnly(),
                        new Bias(),
                        new FullFineTuning(),
                        new Partial(2),
                        new Lora(2, 4, 0.1, List.of(), ALL),
                        new Lora(2, 4, 0, List.of("mlp.fc2", "downsample.1"), List.of(0, -1)),
                        new Dora(2, 4, 0.1, List.of(), ALL),
                        new Adapter(PFEIFFER, 3, GELU, 1, 0.1, ALL),
                        new Adapter(PARALLEL, 3, RELU, 0.5, 0.1, List.of(0, -1)),
                        new Ssf(Ssf.Init.IDENTITY, List.of(), ALL),
                        new AdapterPlus(3, 0.1, ALL),
                        new MlpHead(2),
                        new Pad(3, Pad.Init.UNIFORM),
                        new Sum(List.of(new Pad(2, Pad.Init.GAUSSIAN), new Bias())));
            }
        };

        private final String golden;
        private final double dropPath;
        private final double rate;

        Network(String golden, double dropPath, double rate) {
            this.golden = golden;
            this.dropPath = dropPath;
            this.rate = rate;
        }

        /** A new one, owned by the caller. */
        public abstract Backbone backbone();

        /** Forms that matter on this family. */
        abstract Stream<TuningSpec> forms();

        /** {@code images} and {@code labels}. */
        public Map<String, Tensor> io() {
            return Golden.tensors(golden + "/io.safetensors");
        }

        /** Stochastic depth of the last block in training. */
        double dropPath() {
            return dropPath;
        }

        /** The size of a step of gradient descent that is large enough to matter. */
        double rate() {
            return rate;
        }

        /** Every method that the family takes: its forms, and a small one of each method that has none. */
        public Stream<TuningSpec> specs() {
            Set<String> known = Set.copyOf(forms().map(TuningSpec::method).toList());
            try (Backbone backbone = backbone()) {
                List<TuningSpec> others = ConfigurableMethod.all().stream()
                        .map(TuningMethod::name)
                        .filter(name -> !known.contains(name))
                        .map(MethodSamples::small)
                        .filter(spec -> takes(backbone, spec))
                        .toList();
                return Stream.concat(forms(), others.stream());
            }
        }
    }

    private static Prompt prompt(Depth depth, Pool pool) {
        return new Prompt(depth, 3, 0.1, 0, false, ALL, pool);
    }

    /** A method that configs state, with small settings, wherever it can act. */
    public static TuningSpec small(String method) {
        return ((ConfigurableMethod) TuningMethod.named(method)).read(new SmallSettings(""));
    }

    /** Whether a spec can be attached; what cannot is refused. */
    public static boolean takes(Backbone backbone, TuningSpec spec) {
        try (Tuning tuning = SmallTuning.of(backbone, spec)) {
            return true;
        } catch (ConfigException e) {
            return false;
        }
    }

    /** Whether a spec leaves what the backbone computes as it is until the first step of training. */
    static boolean startsUnchanged(TuningSpec spec) {
        return spec.terms().stream()
                .noneMatch(term -> CHANGE_AT_ONCE.contains(term.method())
                        || term instanceof MlpHead head && head.layers() > 1
                        || term instanceof Ssf ssf && ssf.init() == Ssf.Init.RANDOM
                        || term instanceof ClassToken token && token.reinit());
    }
}
