package dev.inlay.kernels;

import dev.inlay.tensor.AutogradFunction;
import dev.inlay.tensor.Device;
import dev.inlay.tensor.Precision;
import dev.inlay.tensor.Tensors;
import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * {@link Attention} by the native library, of one type and number of heads. It keeps no probabilities: the gradient computes them
 * again (FlashAttention, arXiv 2205.14135).
 */
final class NativeAttention {
    private static final int WIDEST_HEAD = 128;
    private static final int LANES = 16;
    private static final int WORDS = 3; // of the library's struct of a tensor

    private final NativeKernels kernels;
    private final Precision precision;
    private final int heads;
    private final int threads;

    /** Those that library and processor compute. */
    static List<Precision> precisions(NativeKernels kernels) {
        int codes = kernels.attentionTypes();
        return Arrays.stream(Precision.values())
                .filter(precision -> (codes & Kernels.code(precision)) != 0)
                .toList();
    }

    /**
     * @param heads of every tensor
     * @param threads at least 1
     */
    NativeAttention(NativeKernels kernels, Precision precision, int heads, int threads) {
        this.kernels = kernels;
        this.precision = precision;
        this.heads = heads;
        this.threads = threads;
    }

    /** On as many threads as LibTorch; empty if the library does not take such q, k and v. */
    static Optional<NativeAttention> of(NativeKernels kernels, List<Tensor> qkv, int heads) {
        long width = qkv.get(0).size(2) / heads;
        if (width % LANES != 0 || width > WIDEST_HEAD || qkv.get(1).size(1) == 0) {
            return Optional.empty();
        }
        return precisions(kernels).stream()
                .filter(precision -> qkv.stream().allMatch(tensor -> tensor.is_cpu() && precision.is(tensor)))
                .findFirst()
                .map(precision -> new NativeAttention(kernels, precision, heads, torch.get_num_threads()));
    }

    /** (B, M, D), outside autograd. */
    Tensor result(Tensor q, Tensor k, Tensor v) {
        Tensor y = empty(q);
        forward(q, k, v, y, 0);
        return y;
    }

    /** (B, M, D), whose gradient goes to those of the three that require one. */
    Tensor traced(AutogradFunction own, Tensor q, Tensor k, Tensor v) {
        List<Tensor> parts = List.of(q, k, v);
        List<Boolean> asked = parts.stream().map(Tensor::requires_grad).toList();
        return traced(own, parts.stream().filter(Tensor::requires_grad).toList(), parts, (ofResult, kept) -> {
            List<Tensor> gradients = new ArrayList<>();
            for (int i = 0; i < asked.size(); i++) {
                gradients.add(asked.get(i) ? empty(kept.get(i)) : null);
            }
            backward(ofResult, kept, gradients);
            return gradients.stream().filter(Objects::nonNull).toList();
        });
    }

    /** (B, N, D), whose gradient goes to the fused product, (B, N, 3D), as one tensor. */
    Tensor traced(AutogradFunction own, Tensor qkv) {
        return traced(own, List.of(qkv), thirds(qkv.detach()), (ofResult, kept) -> {
            Tensor q = kept.get(0);
            Tensor gradient = q.new_empty(q.size(0), q.size(1), 3 * q.size(2));
            backward(ofResult, kept, thirds(gradient));
            return List.of(gradient);
        });
    }

    private Tensor traced(
            AutogradFunction own, List<Tensor> inputs, List<Tensor> qkv, AutogradFunction.Gradients gradients) {
        Tensor q = qkv.get(0);
        Tensor y;
        Tensor lse;
        try (NoGradGuard guard = new NoGradGuard()) {
            y = empty(q);
            lse = Device.CPU.empty(q.size(0), heads, q.size(1));
            forward(q, qkv.get(1), qkv.get(2), y, RowMatrix.address(lse));
        }
        return own.of(y, inputs, gradients, q, qkv.get(1), qkv.get(2), y, lse);
    }

    private static List<Tensor> thirds(Tensor qkv) {
        return Tensors.split(qkv, qkv.size(2) / 3, 2);
    }

    private static Tensor empty(Tensor like) {
        return like.new_empty(like.size(0), like.size(1), like.size(2));
    }

    private void forward(Tensor q, Tensor k, Tensor v, Tensor y, long lse) {
        call(
                "attention",
                Arrays.asList(q, k, v, y),
                structs -> kernels.attention(
                        structs,
                        lse,
                        q.size(0),
                        q.size(1),
                        k.size(1),
                        heads,
                        q.size(2) / heads,
                        Kernels.code(precision),
                        threads));
    }

    /** Writes those that are not null. */
    private void backward(Tensor ofResult, List<Tensor> kept, List<Tensor> gradients) {
        Tensor q = kept.get(0);
        Tensor k = kept.get(1);
        List<Tensor> tensors = new ArrayList<>(kept.subList(0, 4));
        tensors.add(ofResult);
        tensors.addAll(gradients);
        call(
                "gradient of attention",
                tensors,
                structs -> kernels.attentionBackward(
                        structs,
                        RowMatrix.address(kept.get(4)),
                        q.size(0),
                        q.size(1),
                        k.size(1),
                        heads,
                        q.size(2) / heads,
                        Kernels.code(precision),
                        threads));
    }

    /** A function of the library; its argument is the address of structs. */
    @FunctionalInterface
    private interface Function {
        int compute(long structs);
    }

    /** Calls it with tensors (B, tokens, D), of which some may be null; in those that it writes the columns are next to each other. */
    private void call(String what, List<Tensor> tensors, Function function) {
        List<Tensor> readable = new ArrayList<>();
        try (LongPointer structs = new LongPointer((long) WORDS * tensors.size())) {
            long at = 0;
            for (Tensor tensor : tensors) {
                Tensor rows = tensor == null || tensor.stride(2) == 1 ? tensor : tensor.contiguous();
                readable.add(rows);
                structs.put(at++, RowMatrix.address(rows));
                structs.put(at++, rows == null ? 0 : rows.stride(0));
                structs.put(at++, rows == null ? 0 : rows.stride(1));
            }
            Kernels.check(
                    function.compute(structs.address()),
                    () -> "the " + what + " of (" + tensors.get(0).size(0) + ", "
                            + tensors.get(0).size(1) + ", "
                            + tensors.get(0).size(2) + ") queries, " + heads + " heads and "
                            + tensors.get(1).size(1) + " keys");
        } finally {
            Reference.reachabilityFence(readable);
        }
    }
}
