package dev.inlay.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.inlay.tensor.Precision;
import java.util.List;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Native products of low rank give what LibTorch's do, and what dense ones in double precision do, through either face. */
class LowRankProductContractTest {
    private static final double TOLERANCE = 1e-6;
    private static final double SCALE = 1.25;
    private static final int IMAGES = 3;

    @ParameterizedTest
    @EnumSource
    void everyTailOfTokensAndRanks(Faces face) throws ReflectiveOperationException {
        NativeKernels kernels = face.open();
        assumeTrue(kernels.kernelsLevel() == InstructionSet.AVX512.code(), "SKIPPED: this CPU has no AVX-512");
        torch.manual_seed(3);
        for (int tokens : new int[] {1, 3, 4, 5, 50, 197}) {
            for (int rank : new int[] {1, 3, 4, 8, 17}) {
                for (Precision of : Precision.values()) {
                    for (Precision to : Precision.values()) {
                        agree(kernels, of.of(torch.randn(IMAGES, tokens, 48)), to, rank, 32);
                    }
                }
            }
        }
    }

    private static void agree(NativeKernels kernels, Tensor x, Precision to, int rank, int out) {
        try (PointerScope scope = new PointerScope()) {
            List<LowRankProduct> images = images(rank, Math.toIntExact(x.size(2)), out);
            Tensor before = to.of(torch.randn(IMAGES, x.size(1), out));
            Tensor exact = before.to(ScalarType.Double);
            Tensor summed = exact.abs(); // rounding grows with what is summed, not with what it comes to
            for (int i = 0; i < IMAGES; i++) {
                Tensor down = images.get(i).down().to(ScalarType.Double).t();
                Tensor up = images.get(i).up().to(ScalarType.Double).t();
                Tensor rows = x.select(0, i).to(ScalarType.Double);
                exact.select(0, i).add_(rows.matmul(down).matmul(up), new Scalar(SCALE));
                summed.select(0, i).add_(rows.abs().matmul(down.abs()).matmul(up.abs()), new Scalar(SCALE));
            }
            Tensor ours = before.clone();
            LowRankProduct.add(kernels, 2, images, SCALE, x, ours);
            Tensor libTorchs = before.clone();
            LowRankProduct.addByLibTorch(images, SCALE, x, libTorchs);
            double rounding = to == Precision.FLOAT32 ? 0 : 1.0 / 256;
            for (Tensor found : List.of(ours, libTorchs)) {
                Tensor allowed =
                        summed.mul(new Scalar(TOLERANCE)).add(exact.abs().mul(new Scalar(rounding)));
                assertThat(found.to(ScalarType.Double)
                                .sub(exact)
                                .abs()
                                .sub(allowed)
                                .max()
                                .item_double())
                        .isNegative();
            }
        }
    }

    private static List<LowRankProduct> images(int rank, int in, int out) {
        return Stream.generate(() -> new LowRankProduct(torch.randn(rank, in), torch.randn(out, rank)))
                .limit(IMAGES)
                .toList();
    }

    /** Parts of rows, grids, and widths that only LibTorch takes. */
    @Test
    void everyLayoutAndShape() {
        try (PointerScope scope = new PointerScope()) {
            for (Tensor x : List.of(
                    torch.randn(IMAGES, 7, 32),
                    torch.randn(IMAGES, 7, 57).narrow(2, 3, 32),
                    torch.randn(7, IMAGES, 32).transpose(0, 1),
                    torch.randn(IMAGES, 32, 7).transpose(1, 2),
                    torch.randn(IMAGES, 2, 5, 32),
                    torch.randn(IMAGES, 7, 9),
                    torch.randn(IMAGES, 0, 32))) {
                Tensor all = torch.zeros_like(x.narrow(-1, 0, 1))
                        .repeat(x.dim() == 3 ? new long[] {1, 1, 48} : new long[] {1, 1, 1, 48});
                Tensor y = all.narrow(-1, 16, 16);
                List<LowRankProduct> images = images(2, Math.toIntExact(x.size(-1)), 16);
                LowRankProduct.add(images, SCALE, x, y);
                for (int i = 0; i < IMAGES; i++) {
                    Tensor matrix =
                            images.get(i).up().matmul(images.get(i).down()).mul(new Scalar(SCALE));
                    assertThat(torch.allclose(y.select(0, i), x.select(0, i).matmul(matrix.t()), 1e-4, 1e-4, false))
                            .isTrue();
                }
                assertThat(all.narrow(-1, 0, 16).count_nonzero().item_long()
                                + all.narrow(-1, 32, 16).count_nonzero().item_long())
                        .isZero();
            }
        }
    }
}
