package dev.inlay.kernels;

import dev.inlay.error.InlayException;
import dev.inlay.tensor.AutogradFunction;
import dev.inlay.tensor.Precision;
import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
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

    /** On as many threads as LibTorch; empty if the library does not take such tensors. */
    static Optional<NativeAttention> of(NativeKernels kernels, Tensor q, Tensor k, Tensor v, int heads) {
        long width = q.size(2) / heads;
        if (width % LANES != 0 || width > WIDEST_HEAD || k.size(1) == 0) {
            return Optional.empty();
        }
        return precisions(kernels).stream()
                .filter(precision ->
                        Stream.of(q, k, v).allMatch(tensor -> tensor.is_cpu() && precision.is(tensor)))
                .findFirst()
                .map(precision -> new NativeAttention(kernels, precision, heads, torch.get_num_threads()));
    }

    /** (B, M, D), outside autograd. */
    Tensor result(Tensor q, Tensor k, Tensor v) {
        Tensor y = q.new_empty(q.size(0), q.size(1), q.size(2));
        forward(q, k, v, y, 0);
        return y;
    }

    /** (B, M, D), whose gradient goes to those of the three that require one. */
    Tensor traced(AutogradFunction own, Tensor q, Tensor k, Tensor v) {
        Tensor y;
        Tensor lse;
        try (NoGradGuard guard = new NoGradGuard()) {
            y = q.new_empty(q.size(0), q.size(1), q.size(2));
            lse = torch.empty(q.size(0), heads, q.size(1));
            forward(q, k, v, y, RowMatrix.address(lse));
        }
        List<Boolean> asked = Stream.of(q, k, v).map(Tensor::requires_grad).toList();
        List<Tensor> inputs = Stream.of(q, k, v).filter(Tensor::requires_grad).toList();
        return own.of(y, inputs, (ofResult, kept) -> gradients(ofResult, kept, asked), q, k, v, y, lse);
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

    /** Those that are asked for. */
    private List<Tensor> gradients(Tensor ofResult, List<Tensor> kept, List<Boolean> asked) {
        Tensor q = kept.get(0);
        Tensor k = kept.get(1);
        List<Tensor> tensors = new ArrayList<>(kept.subList(0, 4));
        tensors.add(ofResult);
        for (int i = 0; i < asked.size(); i++) {
            Tensor of = kept.get(i);
            tensors.add(asked.get(i) ? of.new_empty(of.size(0), of.size(1), of.size(2)) : null);
        }
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
        return tensors.stream().skip(5).filter(Objects::nonNull).toList();
    }

    /** A function of the library; its argument is the address of structs. */
    @FunctionalInterface
    private interface Function {
        int compute(long structs);
    }

    /** Calls it with tensors (B, tokens, D), of which some may be null; those that it writes are contiguous. */
    private void call(String what, List<Tensor> tensors, Function function) {
        List<Tensor> readable = new ArrayList<>();
        try (LongPointer structs = new LongPointer((long) WORDS * tensors.size())) {
            long at = 0;
            for (Tensor tensor : tensors) {
                Tensor rows = tensor == null || tensor.stride(2) == 1 ? tensor : tensor.contiguous();
                readable.add(rows);
                structs.put(at++, rows == null ? 0 : RowMatrix.address(rows));
                structs.put(at++, rows == null ? 0 : rows.stride(0));
                structs.put(at++, rows == null ? 0 : rows.stride(1));
            }
            int code = function.compute(structs.address());
            if (code != 0) {
                throw new InlayException("the native " + what + " of ("
                        + tensors.get(0).size(0) + ", "
                        + tensors.get(0).size(1) + ", " + tensors.get(0).size(2) + ") queries, " + heads + " heads and "
                        + tensors.get(1).size(1) + " keys failed with code " + code + "; -D" + Kernels.PROPERTY
                        + "=libtorch avoids it");
            }
        } finally {
            Reference.reachabilityFence(readable);
        }
    }
}
