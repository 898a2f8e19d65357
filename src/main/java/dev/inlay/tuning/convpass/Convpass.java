package dev.inlay.tuning.convpass;

import dev.inlay.backbone.Place;
import dev.inlay.tuning.Affine;
import dev.inlay.tuning.Attachment;
import dev.inlay.tuning.Initial;
import dev.inlay.tuning.Trainable.Kind;
import dev.inlay.tuning.Trainable.Part;
import dev.inlay.tuning.TuningSpec;
import dev.inlay.tuning.Where;
import java.util.List;
import java.util.Set;

/**
 * Convolutional bypasses beside the attention and beside the MLP of blocks (Jie and Deng, arXiv 2207.07039; see
 * {@link ConvpassModule}). Down starts Xavier-uniform, the convolution as the identity, Up and all biases at zero: nothing
 * changes before the first step. Trainables are {@code convpass.<place>.down|conv|up.weight|bias}: 2 · D · h + D + 9 · h²
 * + 2 · h parameters a place.
 *
 * @param hidden width of the bypass, h, at least 1
 * @param scale fixed factor of what is added; the paper chose among 0.01, 0.1, 1, 10 and 100 for each task
 * @param dropout inside the bypass while training, in [0, 1); 0.1 in the published code
 * @param blocks in which blocks, negative from the end; all if empty
 */
public record Convpass(int hidden, double scale, double dropout, List<Integer> blocks) implements TuningSpec {
    /** The name in configs. */
    public static final String METHOD = "convpass";

    private static final Set<Place.Kind> KINDS = Set.of(Place.Kind.ATTENTION, Place.Kind.MLP);
    private static final int KERNEL = 9;

    /** Copies the list. */
    public Convpass {
        blocks = List.copyOf(blocks);
    }

    @Override
    public String method() {
        return METHOD;
    }

    @Override
    public void attach(Attachment attachment) {
        for (Place place : new Where(List.of(), blocks).among(attachment.backbone(), KINDS, METHOD)) {
            attachment.output(place.name(), module(attachment, place));
        }
    }

    private ConvpassModule module(Attachment attachment, Place place) {
        String name = METHOD + "." + place.name();
        double xavier = Math.sqrt(6.0 / (place.in() + hidden));
        float[] live = Initial.uniform(attachment.init().at(name + ".down.weight"), (long) hidden * place.in(), xavier);
        long[] kernel = {hidden, hidden, 3, 3};
        return new ConvpassModule(
                name,
                Affine.trainable(attachment, name + ".down", live, new float[hidden], Part.MODULE),
                attachment.trainable(name + ".conv.weight", identity(), kernel, Part.MODULE, Kind.WEIGHT),
                attachment.trainable(
                        name + ".conv.bias", new float[hidden], new long[] {hidden}, Part.MODULE, Kind.BIAS),
                Affine.trainable(
                        attachment, name + ".up", new float[place.out() * hidden], new float[place.out()], Part.MODULE),
                attachment.backbone().grid(place.block()),
                scale,
                dropout);
    }

    /** (h, h, 3, 3): every channel keeps itself. */
    private float[] identity() {
        float[] kernel = new float[hidden * hidden * KERNEL];
        for (int channel = 0; channel < hidden; channel++) {
            kernel[(channel * hidden + channel) * KERNEL + KERNEL / 2] = 1;
        }
        return kernel;
    }
}
