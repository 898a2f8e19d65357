package dev.inlay.kernels;

import dev.inlay.tensor.Device;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;

/**
 * The sampled dense-dense product: for a linear layer y = x Wᵀ, the gradient of the loss at chosen entries of W alone,
 * dW[r, c] = Σ_t g[t, r] · x[t, c] (SPT, arXiv 2303.08566, which forms an nnz × nnz product instead).
 *
 * <p>Computed by the native library or by LibTorch, as {@link Kernels} says; the two agree within the rounding of
 * single-precision sums.
 */
public final class SampledProduct implements AutoCloseable {
    /**
     * The share of a dense product of the rows and columns that occur from which it is faster than the entries alone;
     * {@code inlay bench kernels --only 256/} measures it.
     */
    private static final double DENSE = 0.5;

    private final LibTorchSampledProduct dense;
    private final NativeSampledProduct sampled; // null where LibTorch alone computes

    /**
     * @param device of the tensors
     * @param rows (nnz) row of each chosen entry, in [0, out); fastest in ascending order
     * @param columns (nnz) column of each chosen entry, in [0, in)
     * @throws dev.inlay.error.ConfigException if the system property {@code inlay.kernels} has an unknown value
     * @throws dev.inlay.error.InlayException if it is {@code native} and there is no native library
     */
    public SampledProduct(Device device, int[] rows, int[] columns) {
        Kernels.Choice choice = Kernels.Choice.current();
        Optional<NativeKernels> onCpu = Kernels.onCpu(choice);
        dense = new LibTorchSampledProduct(device, rows, columns);
        boolean faster = choice == Kernels.Choice.NATIVE || dense.density() < DENSE;
        Optional<NativeSampledProduct> product = device.isCuda()
                ? Kernels.onGpu(choice)
                        .filter(kernels -> faster)
                        .map(kernels -> new NativeSampledProduct(kernels, device, rows, columns))
                : onCpu.filter(kernels -> faster)
                        .map(kernels -> new NativeSampledProduct(kernels, InstructionSet.BEST, rows, columns));
        sampled = product.orElse(null);
    }

    /**
     * The gradient at the chosen entries.
     *
     * @param g (…, out) gradient of the loss in the output
     * @param x (…, in) the input
     * @return (nnz) in the order of the entries
     */
    public Tensor gradient(Tensor g, Tensor x) {
        return sampled != null && NativeSampledProduct.takes(g, x) ? sampled.gradient(g, x) : dense.gradient(g, x);
    }

    @Override
    public void close() {
        dense.close();
        if (sampled != null) {
            sampled.close();
        }
    }
}
