package dev.inlay.tuning;

import dev.inlay.backbone.Place;
import dev.inlay.tuning.Trainable.Kind;
import dev.inlay.tuning.Trainable.Part;
import org.bytedeco.pytorch.Tensor;

/**
 * The factors of an update B A of a linear product (LoRA, arXiv 2106.09685).
 *
 * @param a (rank, in)
 * @param b (out, rank)
 */
public record LowRank(Tensor a, Tensor b) {
    /** Registers {@code <name>.A}, Kaiming-uniform, and {@code <name>.B}, zero, so that the update starts at zero. */
    public static LowRank trainable(Attachment attachment, String name, int rank, Place place) {
        float[] live = Initial.linear(attachment.init().at(name + ".A"), rank, place.in());
        float[] zero = new float[place.out() * rank];
        return new LowRank(
                attachment.trainable(name + ".A", live, new long[] {rank, place.in()}, Part.MODULE, Kind.WEIGHT),
                attachment.trainable(name + ".B", zero, new long[] {place.out(), rank}, Part.MODULE, Kind.WEIGHT));
    }
}
