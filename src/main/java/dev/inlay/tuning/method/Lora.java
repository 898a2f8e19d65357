package dev.inlay.tuning.method;

import dev.inlay.backbone.Dropout;
import dev.inlay.backbone.HookPoint;
import dev.inlay.keys.Keys;
import dev.inlay.tensor.TokenProduct;
import dev.inlay.tuning.Attachment;
import dev.inlay.tuning.Bottleneck;
import dev.inlay.tuning.HookPointSelector;
import dev.inlay.tuning.LowRank;
import dev.inlay.tuning.Mergeable;
import dev.inlay.tuning.TuningSpec;
import java.util.List;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Low-rank updates beside linear layers: y += alpha / rank · B A x (Hu et al., arXiv 2106.09685). A starts
 * Kaiming-uniform and B at zero, so nothing changes before the first step. Trainables are
 * {@code lora.<place>.A} (rank, in) and {@code lora.<place>.B} (out, rank): rank · (in + out) parameters a place.
 *
 * @param rank r, at least 1
 * @param alpha numerator of the scale
 * @param dropout on the input while training, in [0, 1)
 * @param operations which products get one, q, k and v apart; all if empty
 * @param blocks in which blocks, negative from the end; all if empty
 */
public record Lora(int rank, double alpha, double dropout, List<String> operations, List<Integer> blocks)
        implements TuningSpec {
    /** The name in configs. */
    public static final String METHOD = "lora";

    private static final List<String> QUERIES_AND_VALUES = List.of("attn.q", "attn.v");

    /** Copies the lists. */
    public Lora {
        operations = List.copyOf(operations);
        blocks = List.copyOf(blocks);
    }

    /**
     * Returns updates of a rank to all queries and values, with a scale of 1 and without dropout, as configs have it by
     * default.
     *
     * @param rank r, at least 1
     */
    public static Lora rank(int rank) {
        return new Lora(rank, rank, 0, QUERIES_AND_VALUES, List.of());
    }

    @Override
    public String method() {
        return METHOD;
    }

    @Override
    public void attach(Attachment attachment) {
        HookPointSelector where = new HookPointSelector(operations, blocks);
        for (HookPoint hookPoint : where.among(attachment.backbone(), HookPoint.Kind.LINEAR, METHOD)) {
            String name = METHOD + "." + hookPoint.name();
            LowRank update = LowRank.trainable(attachment, name, rank, hookPoint);
            attachment.output(hookPoint.name(), new Update(name, update.a(), update.b(), alpha / rank, dropout, 0));
        }
    }

    /**
     * y + scale · DropPath(Dropout(x) Aᵀ Bᵀ) (Hu et al., arXiv 2106.09685); SPT's structured module has the scale 1.
     *
     * @param place names the module to the noise
     * @param a (rank, in) trainable
     * @param b (out, rank) trainable
     * @param scale alpha / rank
     * @param dropout on the input, in [0, 1)
     * @param dropPath on the module's output, in [0, 1)
     */
    record Update(String place, Tensor a, Tensor b, double scale, double dropout, double dropPath)
            implements Mergeable, Bottleneck {
        @Override
        public Tensor output(Tensor x, Tensor y, Dropout drops) {
            Tensor low = TokenProduct.of(drops.dropout(x, place, dropout), a, null); // (B, N, rank)
            Tensor down = drops.dropPath(low, place, dropPath); // as of the output, of which it drops whole images
            return torch.addmm(y.flatten(0, -2), down.flatten(0, -2), b.t(), new Scalar(1.0), new Scalar(scale))
                    .view_as(y);
        }

        @Override
        public Factors factors() {
            return Factors.linear(a, b, scale);
        }

        @Override
        public Weights merged(Weights step) {
            return new Weights(step.weight().addmm(b, a, new Scalar(1.0), new Scalar(scale)), step.bias());
        }
    }

    /** The method as it is found. */
    public static final class Method implements ConfigurableMethod {
        @Override
        public String name() {
            return METHOD;
        }

        @Override
        public TuningSpec read(Keys keys) {
            int rank = keys.integer("rank", 8, 1, 4096);
            return new Lora(
                    rank,
                    keys.number("alpha", rank, 1e-6, 1e6),
                    keys.number("dropout", 0, 0, 0.99),
                    keys.texts("operations", QUERIES_AND_VALUES),
                    HookPointSelector.readBlocks(keys));
        }
    }
}
