package dev.inlay.tuning.dora;

import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.Place;
import dev.inlay.backbone.Site;
import dev.inlay.tuning.Attachment;
import dev.inlay.tuning.LowRank;
import dev.inlay.tuning.Trainable.Kind;
import dev.inlay.tuning.Trainable.Part;
import dev.inlay.tuning.TuningSpec;
import dev.inlay.tuning.Where;
import dev.inlay.tuning.WholeSites;
import java.util.List;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;

/**
 * Low-rank updates of the direction of a matrix's rows, and their length by itself (Liu et al., arXiv 2402.09353; see
 * {@link DoraModule}). A starts Kaiming-uniform, B at zero and m at the lengths of the frozen rows, so nothing changes
 * before the first step. Trainables are {@code dora.<place>.A} (rank, in), {@code .B} (out, rank) and {@code .magnitude}
 * (out): rank · (in + out) + out parameters a place. Lengths are those of the frozen matrix and the frozen bias is kept
 * out of the scaling, whatever another method of a sum makes of the two.
 *
 * @param rank at least 1
 * @param alpha numerator of the scale
 * @param dropout on the input of A while training, in [0, 1)
 * @param operations which products are tuned, q, k and v apart; all if empty
 * @param blocks in which blocks, negative from the end; all if empty
 */
public record Dora(int rank, double alpha, double dropout, List<String> operations, List<Integer> blocks)
        implements TuningSpec {
    /** The name in configs. */
    public static final String METHOD = "dora";

    /** Copies the lists. */
    public Dora {
        operations = List.copyOf(operations);
        blocks = List.copyOf(blocks);
    }

    @Override
    public String method() {
        return METHOD;
    }

    @Override
    public void attach(Attachment attachment) {
        Backbone backbone = attachment.backbone();
        for (Place place : new Where(operations, blocks).among(backbone, Place.Kind.LINEAR, METHOD)) {
            attachment.output(place.name(), module(attachment, place));
        }
    }

    private DoraModule module(Attachment attachment, Place place) {
        String name = METHOD + "." + place.name();
        Site matrix = matrix(attachment.backbone(), place);
        Tensor weight =
                attachment.constant(WholeSites.frozen(attachment, matrix).flatten(1, -1));
        Optional<Tensor> bias = bias(attachment.backbone(), matrix)
                .map(site -> attachment.constant(WholeSites.frozen(attachment, site)));
        LowRank update = LowRank.trainable(attachment, name, rank, place);
        return new DoraModule(
                name,
                weight,
                bias,
                update.a(),
                update.b(),
                attachment.trainable(name + ".magnitude", DoraModule.rowNorms(weight), Part.MODULE, Kind.WEIGHT),
                alpha / rank,
                dropout);
    }

    private static Site matrix(Backbone backbone, Place place) {
        return backbone.sites().stream()
                .filter(site -> site.kind() == Site.Kind.MATRIX && site.linear().equals(place.name()))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException(
                        backbone.name() + " has the linear place " + place.name() + " without its matrix"));
    }

    private static Optional<Site> bias(Backbone backbone, Site matrix) {
        return backbone.sites().stream()
                .filter(site -> site.isBias()
                        && site.block() == matrix.block()
                        && site.operation().equals(matrix.operation()))
                .findFirst();
    }
}
