package dev.inlay.tuning.lora;

import dev.inlay.backbone.Place;
import dev.inlay.tuning.Attachment;
import dev.inlay.tuning.Initial;
import dev.inlay.tuning.Trainable.Kind;
import dev.inlay.tuning.Trainable.Part;
import dev.inlay.tuning.TuningSpec;
import dev.inlay.tuning.Where;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/**
 * Low-rank updates beside linear products: y += alpha / rank · B A x (Hu et al., arXiv 2106.09685). A starts
 * Kaiming-uniform and B at zero, so nothing changes before the first step. Trainables are
 * {@code lora.<place>.A} (rank, in) and {@code lora.<place>.B} (out, rank): rank · (in + out) parameters a place.
 *
 * @param rank r, at least 1
 * @param alpha numerator of the scale
 * @param dropout on the input while training, in [0, 1)
 * @param operations which products get one, q, k and v apart; all if empty
 * @param blocks in which blocks, negative from the end; all if empty
 */
public record Lora(int rank, double alpha, double dropout, List<String> operations, List<Integer> blocks)
        implements TuningSpec {
    /** The name in configs. */
    public static final String METHOD = "lora";

    /** Copies the lists. */
    public Lora {
        operations = List.copyOf(operations);
        blocks = List.copyOf(blocks);
    }

    @Override
    public String method() {
        return METHOD;
    }

    @Override
    public void attach(Attachment attachment) {
        Where where = new Where(operations, blocks);
        for (Place place : where.among(attachment.backbone(), Place.Kind.LINEAR, METHOD)) {
            String name = METHOD + "." + place.name();
            float[] live = Initial.linear(attachment.init().at(name + ".A"), rank, place.in());
            Tensor a = attachment.trainable(name + ".A", live, new long[] {rank, place.in()}, Part.MODULE, Kind.WEIGHT);
            long[] shape = {place.out(), rank};
            Tensor b =
                    attachment.trainable(name + ".B", new float[place.out() * rank], shape, Part.MODULE, Kind.WEIGHT);
            attachment.output(place.name(), new LoraModule(name, a, b, alpha / rank, dropout, 0));
        }
    }
}
