package dev.inlay.tuning;

import dev.inlay.backbone.HookPoint;
import dev.inlay.tuning.Trainable.Kind;
import dev.inlay.tuning.Trainable.Role;
import org.bytedeco.pytorch.Tensor;

/**
 * The factors of an update B A of a linear layer (LoRA, arXiv 2106.09685).
 *
 * @param a (rank, in)
 * @param b (out, rank)
 */
public record LowRank(Tensor a, Tensor b) {
    /** Registers {@code <name>.A}, Kaiming-uniform, and {@code <name>.B}, zero, so that the update starts at zero. */
    public static LowRank trainable(Attachment attachment, String name, int rank, HookPoint hookPoint) {
        float[] live = Initial.linear(attachment.init().at(name + ".A"), rank, hookPoint.in());
        float[] zero = new float[hookPoint.out() * rank];
        return new LowRank(
                attachment.trainable(name + ".A", live, new long[] {rank, hookPoint.in()}, Role.MODULE, Kind.WEIGHT),
                attachment.trainable(name + ".B", zero, new long[] {hookPoint.out(), rank}, Role.MODULE, Kind.WEIGHT));
    }
}
