package dev.inlay.tensor;

import dev.inlay.tensor.AutogradFunction.Input;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.GradMode;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * y = x Wᵀ + b of many tokens, by the faster of LibTorch's libraries. oneDNN is reached as a convolution of 1 × 1 over images of 1 × N
 * pixels, whose channels are next to each other as they are in tokens, so nothing is copied. LibTorch's own gradient of a
 * convolution would keep x always; this one keeps it only where W is trained.
 */
public final class TokenProduct {
    /** From so many tokens on, what oneDNN needs to arrange W is made up for. */
    private static final long MIN_TOKENS = 256;

    /** Up to so many inputs BLAS is faster at the transposed gradient of W. */
    private static final long NARROW = 64;

    private static final long[] ONE = {1, 1};
    private static final long[] NONE = {0, 0};

    private TokenProduct() {}

    /**
     * The product.
     *
     * @param x (B, N, in), of W's type
     * @param matrix W, (out, in), float32 or bfloat16; it may be trained
     * @param bias (out) of W's type, or null; it may be trained
     * @return (B, N, out), of W's type; sums are float32
     */
    public static Tensor of(Tensor x, Tensor matrix, Tensor bias) {
        if (!isForOneDnn(x, matrix)) {
            return torch.linear(x, matrix, Tensors.optional(bias));
        }
        if (!GradMode.is_enabled() || !(isTrained(x) || isTrained(matrix) || isTrained(bias))) {
            return forward(x, matrix, bias);
        }
        return AutogradFunction.current()
                .map(own -> traced(own, x, matrix, bias))
                .orElseGet(() -> torch.linear(x, matrix, Tensors.optional(bias)));
    }

    private static boolean isTrained(Tensor tensor) {
        return tensor != null && tensor.requires_grad();
    }

    private static Tensor traced(AutogradFunction own, Tensor x, Tensor matrix, Tensor bias) {
        Tensor y;
        try (NoGradGuard guard = new NoGradGuard()) {
            y = forward(x, matrix, bias);
        }
        List<Input> inputs = new ArrayList<>();
        if (isTrained(x)) {
            inputs.add(new Input(x, (gradient, kept) -> ofTokens(gradient.contiguous(), kept.get(0))));
        }
        if (isTrained(bias)) {
            inputs.add(new Input(bias, (gradient, kept) -> gradient.sum(0, 1)));
        }
        if (isTrained(matrix)) {
            inputs.add(new Input(matrix, (gradient, kept) -> ofMatrix(gradient.contiguous(), kept.get(1))));
            return own.of(y, inputs, matrix, x);
        }
        return own.of(y, inputs, matrix);
    }

    private static boolean isForOneDnn(Tensor x, Tensor matrix) {
        Precision precision = Precision.found(matrix).orElse(Precision.FLOAT32);
        return ProductLibrary.of(precision) == ProductLibrary.ONEDNN
                && x.dim() == 3
                && x.size(0) * x.size(1) >= MIN_TOKENS
                && x.is_cpu()
                && x.is_contiguous()
                && matrix.is_contiguous();
    }

    private static Tensor forward(Tensor x, Tensor matrix, Tensor bias) {
        return tokens(torch.conv2d(pixels(x), filters(matrix), Tensors.optional(bias), ONE, NONE, ONE, 1));
    }

    private static Tensor ofTokens(Tensor gradient, Tensor matrix) {
        return tokens(torch.conv_transpose2d(
                pixels(gradient), filters(matrix), Tensors.optional(null), ONE, NONE, NONE, 1, ONE));
    }

    private static Tensor ofMatrix(Tensor gradient, Tensor x) {
        Tensor g = gradient.flatten(0, 1);
        Tensor rows = x.flatten(0, 1);
        boolean isNarrow = rows.size(1) <= NARROW && g.size(1) > rows.size(1);
        return isNarrow ? rows.t().mm(g).t().contiguous() : g.t().mm(rows);
    }

    /** (B, N, C) to (B, C, 1, N), the channels of a pixel next to each other. */
    private static Tensor pixels(Tensor x) {
        return x.unsqueeze(1).permute(0, 3, 1, 2);
    }

    /** (B, C, 1, N) to (B, N, C). */
    private static Tensor tokens(Tensor y) {
        return y.permute(0, 2, 3, 1).squeeze(1);
    }

    /** (out, in) to (out, in, 1, 1). */
    private static Tensor filters(Tensor matrix) {
        return matrix.view(matrix.size(0), matrix.size(1), 1, 1);
    }
}
