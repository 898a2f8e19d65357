package dev.inlay.backbone;

import dev.inlay.random.Key;
import dev.inlay.tensor.Tensors;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleSupplier;
import java.util.random.RandomGenerator;
import org.bytedeco.pytorch.Tensor;

/**
 * Weights before any training, as ViT's code draws them: matrices uniform after Glorot, U(-b, b) with b = √(6 / (in + out)),
 * filters of patches and of depth-wise convolutions from N(0, 1 / in), tokens and tables of positions from N(0, 0.02²), biases 0, norms 1; and LayerScale 10⁻⁵
 * as in DINOv2.
 */
public final class RandomWeights {
    private static final double TOKEN_STD = 0.02;
    private static final double LAYER_SCALE = 1e-5;

    private RandomWeights() {}

    /**
     * Draws every parameter.
     *
     * @param shapes of the parameters by name
     * @param tunables all of them; together they cover every parameter
     * @param seed equal seeds give equal weights
     * @return float32 by name; owned by the caller
     */
    public static Map<String, Tensor> draw(Map<String, List<Long>> shapes, List<TunableParameter> tunables, long seed) {
        Key key = Key.of(seed, "backbone");
        Map<String, float[]> values = new LinkedHashMap<>();
        shapes.forEach((parameter, shape) ->
                values.put(parameter, new float[Math.toIntExact(shape.stream().reduce(1L, Math::multiplyExact))]));
        for (TunableParameter tunable : tunables) {
            int size = Math.toIntExact(tunable.size());
            int from = Math.toIntExact(tunable.firstRow() * tunable.rowSize());
            DoubleSupplier draw = draw(tunable, key.at(tunable.name()).stream());
            float[] target = values.get(tunable.parameter());
            for (int i = from; i < from + size; i++) {
                target[i] = (float) draw.getAsDouble();
            }
        }
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        shapes.forEach((parameter, shape) -> tensors.put(
                parameter,
                Tensors.own(Tensors.of(
                        values.remove(parameter),
                        shape.stream().mapToLong(Long::longValue).toArray()))));
        return tensors;
    }

    private static DoubleSupplier draw(TunableParameter tunable, RandomGenerator random) {
        return switch (tunable.kind()) {
            case MATRIX -> {
                double bound = Math.sqrt(6.0 / (tunable.rows() + tunable.rowSize()));
                yield () -> random.nextDouble(-bound, bound);
            }
            case PATCH_FILTERS, DEPTHWISE_FILTERS -> {
                double std = tunable.isBias() ? 0 : 1 / Math.sqrt((double) tunable.rowSize());
                yield () -> std * random.nextGaussian();
            }
            case CLASS_TOKEN, TOKENS, POSITION_TABLE, POSITION_BIAS -> () -> TOKEN_STD * random.nextGaussian();
            case VECTOR -> {
                double value = tunable.isBias() ? 0 : isLayerScale(tunable) ? LAYER_SCALE : 1;
                yield () -> value;
            }
        };
    }

    private static boolean isLayerScale(TunableParameter tunable) {
        return tunable.name().contains(".gamma");
    }
}
