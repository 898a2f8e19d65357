package dev.inlay.tuning.lora;

import dev.inlay.backbone.Place;
import dev.inlay.tuning.Attachment;
import dev.inlay.tuning.LowRank;
import dev.inlay.tuning.TuningSpec;
import dev.inlay.tuning.Where;
import java.util.List;

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
            LowRank update = LowRank.trainable(attachment, name, rank, place);
            attachment.output(place.name(), new LoraModule(name, update.a(), update.b(), alpha / rank, dropout, 0));
        }
    }
}
