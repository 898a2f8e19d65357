package dev.inlay.backbone;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a network consists of, under timm's names. The head is no part of it.
 *
 * @param tunableParameters that hold its parameters, in registration order
 * @param hookPoints of its forward pass, in their order
 */
public record NetworkLayout(List<TunableParameter> tunableParameters, List<HookPoint> hookPoints) {
    /** Copies. */
    public NetworkLayout {
        tunableParameters = List.copyOf(tunableParameters);
        hookPoints = List.copyOf(hookPoints);
    }

    /** Returns name to shape of every parameter, in registration order; a fused one has the rows of its tunable parameters. */
    public Map<String, List<Long>> shapes() {
        Map<String, List<Long>> shapes = new LinkedHashMap<>();
        tunableParameters.forEach(tunable -> shapes.merge(tunable.parameter(), tunable.shape(), NetworkLayout::below));
        return shapes;
    }

    private static List<Long> below(List<Long> upper, List<Long> lower) {
        List<Long> sum = new ArrayList<>(upper);
        sum.set(0, upper.get(0) + lower.get(0));
        return sum;
    }

    /** Lists tunable parameters and hook points. A name is a prefix, such as {@code blocks.3.}, and the operation behind it, such as {@code attn.proj}. */
    public static final class Builder {
        private final List<TunableParameter> tunables = new ArrayList<>();
        private final List<HookPoint> hookPoints = new ArrayList<>();

        /** Adds the whole of a parameter. */
        public void site(TunableParameter.Kind kind, int block, String operation, String parameter, long... shape) {
            rows(kind, block, operation, parameter, parameter, 0, shape);
        }

        /** Adds some rows of a parameter. */
        public void rows(
                TunableParameter.Kind kind,
                int block,
                String operation,
                String name,
                String parameter,
                long firstRow,
                long... shape) {
            List<Long> sizes = Arrays.stream(shape).boxed().toList();
            tunables.add(new TunableParameter(name, kind, parameter, firstRow, sizes, block, operation));
        }

        /** Adds weight and bias of a normalisation. */
        public void norm(int block, String prefix, String operation, long width) {
            site(TunableParameter.Kind.VECTOR, block, operation, prefix + operation + ".weight", width);
            site(TunableParameter.Kind.VECTOR, block, operation, prefix + operation + ".bias", width);
        }

        /** Adds weight and bias of a linear layer. */
        public void linear(int block, String prefix, String operation, long out, long in) {
            site(TunableParameter.Kind.MATRIX, block, operation, prefix + operation + ".weight", out, in);
            site(TunableParameter.Kind.VECTOR, block, operation, prefix + operation + ".bias", out);
        }

        /** Adds a place. */
        public void place(HookPoint.Kind kind, int block, String prefix, String operation, int in, int out) {
            hookPoints.add(new HookPoint(prefix + operation, kind, block, operation, in, out));
        }

        /** Adds the hook points of a transformer's block, whose MLP has one or more first layers. */
        public void transformerBlock(
                int block, String name, List<String> firstLayers, int width, int hidden, int inner) {
            String prefix = name + ".";
            place(HookPoint.Kind.NORM, block, prefix, "norm1", width, width);
            for (String operation : List.of("attn.q", "attn.k", "attn.v", "attn.proj")) {
                place(HookPoint.Kind.LINEAR, block, prefix, operation, width, width);
            }
            place(HookPoint.Kind.ATTENTION, block, prefix, "attn", width, width);
            place(HookPoint.Kind.NORM, block, prefix, "norm2", width, width);
            firstLayers.forEach(first -> place(HookPoint.Kind.LINEAR, block, prefix, first, width, hidden));
            place(HookPoint.Kind.LINEAR, block, prefix, "mlp.fc2", inner, width);
            place(HookPoint.Kind.MLP, block, prefix, "mlp", width, width);
            place(HookPoint.Kind.BLOCK, block, name, "", width, width);
        }

        /** Returns what was listed. */
        public NetworkLayout build() {
            return new NetworkLayout(tunables, hookPoints);
        }
    }
}
