package dev.inlay.insight;

import dev.inlay.backbone.DelegatingHooks;
import dev.inlay.backbone.Dropout;
import dev.inlay.backbone.ForwardHooks;
import dev.inlay.tensor.Precision;
import dev.inlay.tensor.Tensors;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Notes the attention of a pass of one image. Kernels do not hand out probabilities, so they are computed once more from
 * queries and keys, averaged over the heads. All else is as the hooks behind it have it.
 */
final class AttentionWatch extends DelegatingHooks {
    /** That the attention of all blocks may take. */
    private static final long MAX_BYTES = 1L << 28;

    private final int depth;
    private final List<Attended> blocks = new ArrayList<>();
    private int tokens;
    private int inserted;
    private boolean attends;
    private Optional<float[]> read = Optional.empty();

    /**
     * The attention of a block.
     *
     * @param probabilities (M, N), row by row: what each token that leaves takes of each that enters; what it takes of the
     *     block's context is left out
     * @param tokens N
     * @param inserted how many of the tokens that enter were put in before this block
     */
    record Attended(float[] probabilities, int tokens, int inserted) {
        /** How many tokens leave, M. */
        int leaving() {
            return probabilities.length / tokens;
        }
    }

    AttentionWatch(ForwardHooks hooks, int depth) {
        super(hooks);
        this.depth = depth;
    }

    /** Whether the backbone's attention is one of all tokens to all. */
    boolean attends() {
        return attends;
    }

    /** The blocks, in the order of the pass; none if their attention would take more than 256 MB. */
    List<Attended> blocks() {
        return blocks;
    }

    /** (M) the part of each token that leaves the last block in what is read out. */
    float[] read() {
        return read.orElseThrow();
    }

    @Override
    public void attention(int block, Tensor q, Tensor k, int heads) {
        super.attention(block, q, k, heads);
        attends = true;
        if (Float.BYTES * (long) tokens * tokens * depth > MAX_BYTES) {
            return;
        }
        try (PointerScope scope = new PointerScope()) {
            Tensor products = apart(q, heads).matmul(apart(k, heads).transpose(1, 2)); // (h, M, N + p)
            Tensor probabilities = products.div(new Scalar(Math.sqrt((double) q.size(2) / heads)))
                    .softmax(-1)
                    .mean(0)
                    .narrow(1, 0, tokens);
            blocks.add(new Attended(Tensors.floats(probabilities), tokens, inserted));
        }
    }

    /** (1, N, D) to (h, N, D/h). */
    private static Tensor apart(Tensor x, int heads) {
        return Precision.FLOAT32
                .of(x)
                .reshape(x.size(1), heads, x.size(2) / heads)
                .transpose(0, 1);
    }

    @Override
    public Tensor tokens(int block, Tensor x, Dropout dropout) {
        Tensor entering = super.tokens(block, x, dropout);
        tokens = Math.toIntExact(entering.size(1));
        inserted = Math.toIntExact(entering.size(1) - x.size(1));
        return entering;
    }

    @Override
    public Tensor pooled(Tensor x, Tensor own) {
        try (PointerScope scope = new PointerScope()) {
            long leaving = x.size(1);
            Tensor each = torch.eye(leaving).unsqueeze(0); // (1, M, M)
            long first = readsOthers() || own.size(1) == leaving ? 0 : leaving - own.size(1);
            Tensor chosen = super.pooled(each, each.narrow(1, first, readsOthers() ? 1 : own.size(1)));
            read = Optional.of(Tensors.floats(chosen.mean(1)));
        }
        return super.pooled(x, own);
    }
}
