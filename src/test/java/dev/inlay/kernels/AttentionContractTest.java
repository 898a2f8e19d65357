package dev.inlay.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.inlay.error.InlayException;
import dev.inlay.tensor.AutogradFunction;
import dev.inlay.tensor.Precision;
import dev.inlay.tensor.Tensors;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Attention and its gradients are what LibTorch computes in double precision, within the rounding of their type. */
class AttentionContractTest {
    /** Of the largest magnitude. */
    private static final double FLOAT32 = 3e-6;

    /** Eight bits of every factor and every probability. */
    private static final double BF16 = 1e-2;

    private final SplittableRandom random = new SplittableRandom(3);

    @AfterEach
    void forget() {
        System.clearProperty(Kernels.PROPERTY);
    }

    private record Passed(Tensor y, List<Tensor> gradients) {}

    private interface Attending {
        Tensor of(List<Tensor> inputs, int heads);
    }

    private static final Attending LIBTORCH =
            (inputs, heads) -> Attention.byLibTorch(inputs.get(0), inputs.get(1), inputs.get(2), heads);
    private static final Attending PARTS =
            (inputs, heads) -> Attention.of(inputs.get(0), inputs.get(1), inputs.get(2), heads);
    private static final Attending FUSED = (inputs, heads) -> Attention.of(inputs.get(0), heads);

    @ParameterizedTest
    @EnumSource
    void resultsOfEverySizeThroughEitherFace(Faces face) throws ReflectiveOperationException {
        NativeKernels kernels = face.open();
        for (Precision element : NativeAttention.precisions(kernels)) {
            ScalarType type = element == Precision.BF16 ? ScalarType.BFloat16 : ScalarType.Float;
            for (int i = 0; i < 40; i++) {
                int heads = random.nextInt(1, 4);
                int width = heads * 16 * random.nextInt(1, 9);
                try (PointerScope scope = new PointerScope();
                        NoGradGuard guard = new NoGradGuard()) {
                    int images = random.nextInt(1, 4);
                    Tensor q = torch.randn(images, random.nextInt(1, 80), width).to(type);
                    Tensor k = torch.randn(images, random.nextInt(1, 80), width).to(type);
                    Tensor v = torch.randn(images, k.size(1), width).to(type);
                    Tensor y = new NativeAttention(kernels, element, heads, 2).result(q, k, v);
                    assertThat(y.scalar_type().intern()).isEqualTo(type);
                    Tensor exact = Attention.byLibTorch(
                            q.to(ScalarType.Double), k.to(ScalarType.Double), v.to(ScalarType.Double), heads);
                    assertClose(y, exact, tolerance(type));
                }
            }
        }
    }

    @Test
    void gradientsOfPartsOfAFusedProduct() {
        for (ScalarType type : types()) {
            try (PointerScope scope = new PointerScope()) {
                List<Tensor> qkv = List.of(torch.randn(3, 50, 3 * 96).to(type));
                Inputs parts = fused -> Tensors.split(fused.get(0), 96, 2);
                agree(type, 3, qkv, parts);
                Passed ofParts = passed(qkv, parts, 3, PARTS);
                Passed ofAll = passed(qkv, List::copyOf, 3, FUSED);
                assertEqual(ofAll.y(), ofParts.y());
                assertEqual(ofAll.gradients().get(0), ofParts.gradients().get(0));
            }
        }
    }

    @Test
    void gradientsOfFewQueriesAndFurtherKeys() {
        for (ScalarType type : types()) {
            try (PointerScope scope = new PointerScope()) {
                Tensor qkv = torch.randn(2, 37, 3 * 64).to(type);
                Tensor more = torch.randn(1, 11, 64).to(type);
                agree(type, 2, List.of(qkv, more), leaves -> {
                    List<Tensor> parts = Tensors.split(leaves.get(0), 64, 2);
                    Tensor context = leaves.get(1).expand(2, 11, 64);
                    return List.of(
                            parts.get(0).narrow(1, 0, 1),
                            Tensors.cat(List.of(parts.get(1), context), 1),
                            Tensors.cat(List.of(parts.get(2), context), 1));
                });
            }
        }
    }

    @Test
    void gradientsOfEveryLayout() {
        try (PointerScope scope = new PointerScope()) {
            List<Tensor> leaves = List.of(torch.randn(2, 1, 64), torch.randn(64, 20, 2), torch.randn(20, 2, 64));
            agree(
                    ScalarType.Float,
                    4,
                    leaves,
                    some -> List.of(
                            some.get(0).expand(2, 20, 64), // a row again and again
                            some.get(1).permute(2, 1, 0), // columns far apart
                            some.get(2).transpose(0, 1)));
        }
    }

    @Test
    void gradientsOfThoseThatRequireOne() {
        for (int asked = 1; asked < 7; asked++) {
            try (PointerScope scope = new PointerScope()) {
                List<Tensor> values = List.of(torch.randn(2, 9, 32), torch.randn(2, 12, 32), torch.randn(2, 12, 32));
                List<Integer> places = new ArrayList<>();
                for (int i = 0; i < 3; i++) {
                    if ((asked & 1 << i) != 0) {
                        places.add(i);
                    }
                }
                agree(ScalarType.Float, 2, places.stream().map(values::get).toList(), leaves -> {
                    List<Tensor> all = new ArrayList<>();
                    values.forEach(value -> all.add(value.to(leaves.get(0).scalar_type())));
                    for (int i = 0; i < places.size(); i++) {
                        all.set(places.get(i), leaves.get(i));
                    }
                    return all;
                });
            }
        }
    }

    private interface Inputs {
        List<Tensor> of(List<Tensor> leaves);
    }

    /** The result and the gradients of leaves are those of LibTorch's form in double precision. */
    private static void agree(ScalarType type, int heads, List<Tensor> values, Inputs inputs) {
        List<Tensor> exact =
                values.stream().map(value -> value.to(ScalarType.Double)).toList();
        Passed expected = passed(exact, inputs, heads, LIBTORCH);
        Passed found = passed(values, inputs, heads, PARTS);
        assertClose(found.y(), expected.y(), tolerance(type));
        for (int i = 0; i < values.size(); i++) {
            assertClose(found.gradients().get(i), expected.gradients().get(i), 4 * tolerance(type));
        }
    }

    private static Passed passed(List<Tensor> values, Inputs inputs, int heads, Attending attending) {
        try (AutogradFunction own = new AutogradFunction()) {
            List<Tensor> leaves = values.stream().map(Tensor::clone).toList();
            leaves.forEach(leaf -> leaf.set_requires_grad(true));
            Tensor y = Tensors.scoped(() -> attending.of(inputs.of(leaves), heads));
            Tensor weights = torch.arange(new Scalar(y.numel()))
                    .to(ScalarType.Double)
                    .cos()
                    .view_as(y);
            y.mul(weights.to(ScalarType.BFloat16).to(y.scalar_type())).sum().backward();
            return new Passed(
                    y.detach(), leaves.stream().map(leaf -> leaf.grad().clone()).toList());
        }
    }

    @Test
    void oneInBf16MakesTheOthersSo() {
        for (boolean open : List.of(true, false)) {
            try (PointerScope scope = new PointerScope()) {
                AutogradFunction own = open ? new AutogradFunction() : null;
                Tensor q = torch.randn(2, 5, 32);
                q.set_requires_grad(true);
                Tensor k = torch.randn(2, 7, 32).to(ScalarType.BFloat16);
                k.set_requires_grad(true);
                Tensor v = torch.randn(2, 7, 32);
                Tensor y = Attention.of(q, k, v, 2);
                assertThat(y.scalar_type().intern()).isEqualTo(ScalarType.BFloat16);
                y.sum().backward();
                assertThat(q.grad().scalar_type().intern()).isEqualTo(ScalarType.Float);
                assertThat(k.grad().scalar_type().intern()).isEqualTo(ScalarType.BFloat16);
                assertClose(
                        y.detach(), Attention.byLibTorch(q.detach(), k.detach().to(ScalarType.Float), v, 2), BF16);
                if (open) {
                    own.close();
                }
            }
        }
    }

    @Test
    void whatTheLibraryDoesNotTakeIsLibTorchs() {
        try (PointerScope scope = new PointerScope();
                NoGradGuard guard = new NoGradGuard()) {
            Tensor narrow = torch.randn(2, 5, 48);
            assertEqual(Attention.of(narrow, narrow, narrow, 2), Attention.byLibTorch(narrow, narrow, narrow, 2));
            Tensor wide = torch.randn(2, 5, 288);
            assertEqual(Attention.of(wide, wide, wide, 2), Attention.byLibTorch(wide, wide, wide, 2));
            Tensor exact = torch.randn(2, 5, 64).to(ScalarType.Double);
            assertEqual(Attention.of(exact, exact, exact, 2), Attention.byLibTorch(exact, exact, exact, 2));
            System.setProperty(Kernels.PROPERTY, "libtorch");
            Tensor usual = torch.randn(2, 5, 64);
            assertEqual(Attention.of(usual, usual, usual, 2), Attention.byLibTorch(usual, usual, usual, 2));
        }
    }

    @Test
    void withoutAnybodyToKeepHooksTheGradientIsLibTorchs() {
        try (PointerScope scope = new PointerScope()) {
            Tensor leaf = torch.randn(2, 5, 64);
            leaf.set_requires_grad(true);
            Attention.of(leaf, leaf, leaf, 2).square().sum().backward();
            Tensor own = leaf.grad().clone();
            leaf.mutable_grad().reset();
            Attention.byLibTorch(leaf, leaf, leaf, 2).square().sum().backward();
            assertEqual(own, leaf.grad());
        }
    }

    @ParameterizedTest
    @EnumSource
    void equalBitsWithAnyNumberOfThreads(Faces face) throws ReflectiveOperationException {
        NativeKernels kernels = face.open();
        for (Precision element : NativeAttention.precisions(kernels)) {
            ScalarType type = element == Precision.BF16 ? ScalarType.BFloat16 : ScalarType.Float;
            try (PointerScope scope = new PointerScope()) {
                Tensor qkv = torch.randn(3, 150, 3 * 128).to(type);
                Passed alone = passed(List.of(qkv), parts(), 2, threads(kernels, element, 1));
                for (int threads : new int[] {2, 5, 16}) {
                    Passed other = passed(List.of(qkv), parts(), 2, threads(kernels, element, threads));
                    assertEqual(other.y(), alone.y());
                    assertEqual(other.gradients().get(0), alone.gradients().get(0));
                }
            }
        }
    }

    private static Inputs parts() {
        return leaves -> Tensors.split(leaves.get(0), 128, 2);
    }

    private static Attending threads(NativeKernels kernels, Precision element, int threads) {
        return (qkv, heads) -> new NativeAttention(kernels, element, heads, threads)
                .traced(AutogradFunction.current().orElseThrow(), qkv.get(0), qkv.get(1), qkv.get(2));
    }

    /** What backward reads is freed with it. */
    @Test
    void keepsItsInputsUntilTheGradientIsThere() {
        assumeTrue(types().contains(ScalarType.Float), "no native attention here");
        try (PointerScope scope = new PointerScope();
                AutogradFunction own = new AutogradFunction()) {
            Tensor leaf = torch.randn(2, 5, 64);
            leaf.set_requires_grad(true);
            Tensor q = leaf.mul(new Scalar(1));
            long before = q.use_count();
            Tensor y = Tensors.scoped(() -> Attention.of(q, leaf, leaf, 2));
            assertThat(q.use_count()).isEqualTo(before + 1);
            y.sum().backward();
            assertThat(q.use_count()).isEqualTo(before);
        }
    }

    @ParameterizedTest
    @EnumSource
    void saysWhatItRefuses(Faces face) throws ReflectiveOperationException {
        NativeKernels kernels = face.open();
        try (PointerScope scope = new PointerScope();
                NoGradGuard guard = new NoGradGuard()) {
            Tensor x = torch.randn(2, 5, 64);
            NativeAttention none = new NativeAttention(kernels, Precision.FLOAT32, 2, 0);
            assertThatThrownBy(() -> none.result(x, x, x))
                    .isInstanceOf(InlayException.class)
                    .hasMessageContaining("(2, 5, 64) queries, 2 heads and 5 keys");
        }
    }

    /** Those that the library computes here. */
    private static List<ScalarType> types() {
        return Kernels.onCpu(Kernels.Choice.AUTO).map(NativeAttention::precisions).orElse(List.of()).stream()
                .map(element -> element == Precision.BF16 ? ScalarType.BFloat16 : ScalarType.Float)
                .toList();
    }

    private static double tolerance(ScalarType type) {
        return type == ScalarType.BFloat16 ? BF16 : FLOAT32;
    }

    private static void assertClose(Tensor found, Tensor expected, double tolerance) {
        Tensor exact = expected.to(ScalarType.Double);
        assertThat(Tensors.shape(found)).isEqualTo(Tensors.shape(exact));
        assertThat(found.to(ScalarType.Double).sub(exact).abs().max().item_double())
                .isLessThanOrEqualTo(tolerance * exact.abs().max().item_double());
    }

    private static void assertEqual(Tensor found, Tensor expected) {
        assertThat(found.equal(expected)).isTrue();
    }
}
