package dev.inlay.tuning.method;

import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.Dropout;
import dev.inlay.backbone.HookPoint;
import dev.inlay.backbone.TunableParameter;
import dev.inlay.keys.Keys;
import dev.inlay.tensor.Tensors;
import dev.inlay.tensor.TokenProduct;
import dev.inlay.tuning.Attachment;
import dev.inlay.tuning.HookPointSelector;
import dev.inlay.tuning.LowRank;
import dev.inlay.tuning.Mergeable;
import dev.inlay.tuning.Trainable.Kind;
import dev.inlay.tuning.Trainable.Role;
import dev.inlay.tuning.TuningSpec;
import dev.inlay.tuning.WholeParameters;
import java.util.List;
import java.util.Optional;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.Tensor;

/**
 * Low-rank updates of the direction of a matrix's rows, and their length by itself (Liu et al., arXiv 2402.09353; see
 * {@link Update}). A starts Kaiming-uniform, B at zero and m at the lengths of the frozen rows, so nothing changes
 * before the first step. Trainables are {@code dora.<place>.A} (rank, in), {@code .B} (out, rank) and {@code .magnitude}
 * (out): rank · (in + out) + out parameters a place. Lengths are those of the frozen matrix and the frozen bias is kept
 * out of the scaling, whatever another method of a sum makes of the two.
 *
 * @param rank at least 1
 * @param alpha numerator of the scale
 * @param dropout on the input of A while training, in [0, 1)
 * @param operations which products are tuned, q, k and v apart; all if empty
 * @param blocks in which blocks, negative from the end; all if empty
 */
public record Dora(int rank, double alpha, double dropout, List<String> operations, List<Integer> blocks)
        implements TuningSpec {
    /** The name in configs. */
    public static final String METHOD = "dora";

    /** Copies the lists. */
    public Dora {
        operations = List.copyOf(operations);
        blocks = List.copyOf(blocks);
    }

    @Override
    public String method() {
        return METHOD;
    }

    @Override
    public void attach(Attachment attachment) {
        Backbone backbone = attachment.backbone();
        for (HookPoint hookPoint :
                new HookPointSelector(operations, blocks).among(backbone, HookPoint.Kind.LINEAR, METHOD)) {
            attachment.output(hookPoint.name(), module(attachment, hookPoint));
        }
    }

    private Update module(Attachment attachment, HookPoint hookPoint) {
        String name = METHOD + "." + hookPoint.name();
        TunableParameter matrix = matrix(attachment.backbone(), hookPoint);
        Tensor weight =
                attachment.constant(WholeParameters.frozen(attachment, matrix).flatten(1, -1));
        Optional<Tensor> bias = bias(attachment.backbone(), matrix)
                .map(tunable -> attachment.constant(WholeParameters.frozen(attachment, tunable)));
        LowRank update = LowRank.trainable(attachment, name, rank, hookPoint);
        return new Update(
                name,
                weight,
                bias,
                update.a(),
                update.b(),
                attachment.trainable(name + ".magnitude", Update.rowNorms(weight), Role.MODULE, Kind.WEIGHT),
                alpha / rank,
                dropout);
    }

    private static TunableParameter matrix(Backbone backbone, HookPoint hookPoint) {
        return backbone.tunableParameters().stream()
                .filter(tunable -> tunable.kind() == TunableParameter.Kind.MATRIX
                        && tunable.linear().equals(hookPoint.name()))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException(
                        backbone.name() + " has the linear place " + hookPoint.name() + " without its matrix"));
    }

    private static Optional<TunableParameter> bias(Backbone backbone, TunableParameter matrix) {
        return backbone.tunableParameters().stream()
                .filter(tunable -> tunable.isBias()
                        && tunable.block() == matrix.block()
                        && tunable.operation().equals(matrix.operation()))
                .findFirst();
    }

    /**
     * Turns y = x Wᵀ + b into x W'ᵀ + b with W' = m ⊙ (W + scale · B A) / n, n the norms of the rows of W + scale · B A, which
     * count as constant in the gradient (Liu et al., arXiv 2402.09353, equation 5 and section 4.3). With g = m / n the output is
     * y + (g - 1) ⊙ (y - b) + g ⊙ scale · B A x: no gradient of W, and exactly y while m = n and B = 0.
     *
     * @param place names the module to the noise
     * @param weight (out, in) W, frozen
     * @param bias (out) b, frozen; empty if the product has none
     * @param a (rank, in) trainable
     * @param b (out, rank) trainable
     * @param magnitude (out) m, trainable
     * @param scale alpha / rank
     * @param dropout on the input of A, in [0, 1)
     */
    record Update(
            String place,
            Tensor weight,
            Optional<Tensor> bias,
            Tensor a,
            Tensor b,
            Tensor magnitude,
            double scale,
            double dropout)
            implements Mergeable {
        private static final double MIN_NORM = 1e-12;

        @Override
        public Tensor output(Tensor x, Tensor y, Dropout drops) {
            Tensor gain = magnitude.div(norms()); // (out)
            Tensor product = bias.map(y::sub).orElse(y); // (B, N, out)
            Tensor update = TokenProduct.of(TokenProduct.of(drops.dropout(x, place, dropout), a, null), b, null);
            return y.addcmul(gain.sub(new Scalar(1.0)), product).addcmul(gain, update, new Scalar(scale));
        }

        @Override
        public Weights merged(Weights step) {
            Tensor gain = magnitude.div(norms()); // (out)
            Tensor rows = step.weight()
                    .addmm(b, a, new Scalar(1.0), new Scalar(scale))
                    .mul(gain.unsqueeze(1));
            Tensor change = gain.sub(new Scalar(1.0));
            // what another method made of the bias is scaled, the frozen one is not
            return new Weights(
                    rows,
                    step.bias()
                            .map(now -> now.addcmul(change, bias.map(now::sub).orElse(now))));
        }

        private Tensor norms() {
            return Tensors.scoped(() -> {
                try (NoGradGuard guard = new NoGradGuard()) {
                    return rowNorms(weight.addmm(b, a, new Scalar(1.0), new Scalar(scale)));
                }
            });
        }

        /** (out, in) to the Euclidean norm of each row, (out); never zero. */
        static Tensor rowNorms(Tensor matrix) {
            return matrix.norm(new ScalarOptional(new Scalar(2.0)), 1).clamp_min(new Scalar(MIN_NORM));
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
            return new Dora(
                    rank,
                    keys.number("alpha", rank, 1e-6, 1e6),
                    keys.number("dropout", 0, 0, 0.99),
                    keys.texts("operations", List.of("attn.q", "attn.v")),
                    HookPointSelector.readBlocks(keys));
        }
    }
}
