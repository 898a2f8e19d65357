package dev.inlay.tuning.method;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.inlay.backbone.Dropout;
import dev.inlay.backbone.HookPoint;
import dev.inlay.backbone.TokenGrid;
import dev.inlay.backbone.vit.VisionTransformer;
import dev.inlay.error.ConfigException;
import dev.inlay.golden.Golden;
import dev.inlay.tensor.Tensors;
import dev.inlay.tuning.Attachment;
import dev.inlay.tuning.SmallTuning;
import dev.inlay.tuning.TokenHook;
import dev.inlay.tuning.Tuning;
import dev.inlay.tuning.TuningSpec;
import java.util.List;
import java.util.Set;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;

class ConvpassTest {
    private static final int HIDDEN = 3;
    private static final double SCALE = 0.7;

    /** Puts a token behind the others, and bypasses beside what sees it. */
    private record Longer() implements TuningSpec {
        @Override
        public String method() {
            return "longer";
        }

        @Override
        public void attach(Attachment attachment) {
            attachment.tokens(1, new TokenHook() {
                @Override
                public Tensor tokens(Tensor x, Dropout dropout) {
                    return Tensors.cat(List.of(x, x.narrow(1, 0, 1)), 1);
                }

                @Override
                public int added() {
                    return 1;
                }
            });
            new Convpass(HIDDEN, 1, 0, List.of()).attach(attachment);
        }
    }

    @Test
    void isTheFormulaBesideAttentionAndMlp() {
        Convpass spec = new Convpass(HIDDEN, SCALE, 0.1, List.of());
        SmallTuning.disturbed(
                spec,
                (vit, tuning) -> SmallTuning.assertComputes(
                        vit, tuning, Set.of(HookPoint.Kind.ATTENTION, HookPoint.Kind.MLP), (hookPoint, x, y) -> {
                            String name = "convpass." + hookPoint.name();
                            Tensor inner = quickGelu(SmallTuning.affine(tuning, name + ".down", x));
                            Tensor mixed = quickGelu(convolved(
                                    inner,
                                    vit.grid(hookPoint.block()),
                                    Tensors.doubles(SmallTuning.exact(tuning, name + ".conv.weight")),
                                    Tensors.doubles(SmallTuning.exact(tuning, name + ".conv.bias"))));
                            return y.add(SmallTuning.affine(tuning, name + ".up", mixed)
                                    .mul(new Scalar(SCALE)));
                        }));
    }

    @Test
    void theConvolutionStartsAsTheIdentity() {
        try (PointerScope scope = new PointerScope();
                VisionTransformer vit = Golden.vit();
                Tuning tuning = SmallTuning.of(vit, new Convpass(HIDDEN, 1, 0, List.of(0)))) {
            TokenGrid grid = vit.grid(0);
            double[] kernel = Tensors.doubles(SmallTuning.exact(tuning, "convpass.blocks.0.mlp.conv.weight"));
            Tensor tokens = Tensors.of(new double[] {1, -2, 3}, 1, 1, HIDDEN).expand(2, grid.tokens(), HIDDEN);
            SmallTuning.assertClose(convolved(tokens, grid, kernel, new double[HIDDEN]), tokens, 0);
        }
    }

    @Test
    void otherTokensThanClassTokenAndPatchesAreRefused() {
        try (PointerScope scope = new PointerScope();
                VisionTransformer vit = Golden.vit();
                Tuning tuning = SmallTuning.of(vit, new Longer())) {
            assertThatThrownBy(() -> tuning.features(SmallTuning.images(), Dropout.NONE, 0))
                    .isInstanceOf(ConfigException.class)
                    .hasMessageContaining("convpass.blocks.1.attn: expected 13 tokens (1 and 3 x 4 patches), found 14");
        }
    }

    /** Term by term: (B, M, h) to the same, M all tokens or the leading ones. */
    private static Tensor convolved(Tensor inner, TokenGrid grid, double[] kernel, double[] bias) {
        int images = Math.toIntExact(inner.size(0));
        double[] from = Tensors.doubles(inner);
        double[] to = new double[from.length];
        int tokens = Math.toIntExact(inner.size(1));
        for (int token = 0; token < images * tokens; token++) {
            int position = token % tokens - grid.leading();
            for (int out = 0; out < HIDDEN; out++) {
                double sum = bias[out];
                for (int in = 0; in < HIDDEN; in++) {
                    for (int dy = -1; dy <= 1; dy++) {
                        for (int dx = -1; dx <= 1; dx++) {
                            double weight = kernel[((out * HIDDEN + in) * 3 + dy + 1) * 3 + dx + 1];
                            boolean inside = position < 0
                                    ? dy == 0 && dx == 0
                                    : within(position / grid.width() + dy, grid.height())
                                            && within(position % grid.width() + dx, grid.width());
                            if (inside) {
                                sum += weight * from[(token + dy * grid.width() + dx) * HIDDEN + in];
                            }
                        }
                    }
                }
                to[token * HIDDEN + out] = sum;
            }
        }
        return Tensors.of(to, Tensors.shape(inner));
    }

    private static boolean within(int index, int length) {
        return index >= 0 && index < length;
    }

    private static Tensor quickGelu(Tensor z) {
        Tensor one = z.mul(new Scalar(0.0)).add(new Scalar(1.0));
        return z.div(one.add(z.mul(new Scalar(-1.702)).exp())).to(ScalarType.Double);
    }
}
