package dev.inlay.backbone.vit;

import dev.inlay.backbone.TokenGrid;
import dev.inlay.tensor.Device;
import dev.inlay.tensor.Tensors;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * The positions of DINOv3 (Siméoni et al., arXiv 2508.10104): in each head the queries and keys of the patches are rotated,
 * in planes of numbers j and j + d/2. The centre of a patch has coordinates in (-1, 1), each divided by its own side of the
 * grid; they turn the d/4 planes of a coordinate, rows before columns, by 2π · coordinate / 100^(4i/d), i = 0 … d/4 - 1. The
 * tokens before the patches, prompts among them, have no position. So it is in {@code RotaryEmbeddingDinoV3} of timm's
 * {@code layers/pos_embed_sincos.py} and {@code apply_rot_embed_cat(half=True)}; the periods that the authors' files carry
 * are these, rounded to bfloat16, and are left out by both.
 */
final class RotaryPositions implements AutoCloseable {
    /** A period serves two coordinates, each turning a plane of two numbers. */
    static final int NUMBERS_PER_PERIOD = 4;

    private static final double MAX_PERIOD = 100;

    private final int patches;
    private final int heads;
    private final int width;
    private final Tensor cosines;
    private final Tensor sines;

    /**
     * @param device of the tokens
     * @param grid of the tokens
     * @param heads number of heads, h
     * @param width of a head, d; a multiple of {@link #NUMBERS_PER_PERIOD}
     */
    RotaryPositions(Device device, TokenGrid grid, int heads, int width) {
        this.patches = grid.patches();
        this.heads = heads;
        this.width = width;
        float[] cos = new float[patches * width];
        float[] sin = new float[patches * width];
        for (int patch = 0; patch < patches; patch++) {
            double down = coordinate(patch / grid.width(), grid.height());
            double across = coordinate(patch % grid.width(), grid.width());
            for (int plane = 0; plane < width / 2; plane++) {
                int periods = width / NUMBERS_PER_PERIOD;
                double period = Math.pow(MAX_PERIOD, (double) (plane % periods) / periods);
                double angle = 2 * Math.PI * (plane < periods ? down : across) / period;
                int first = patch * width + plane;
                int second = first + width / 2;
                cos[first] = (float) Math.cos(angle);
                cos[second] = cos[first];
                sin[first] = (float) -Math.sin(angle);
                sin[second] = -sin[first];
            }
        }
        try (PointerScope scope = new PointerScope()) {
            cosines = Tensors.own(device.of(cos, patches, 1, width));
            sines = Tensors.own(device.of(sin, patches, 1, width));
        }
    }

    private static double coordinate(int index, int count) {
        return (2 * index + 1.0) / count - 1;
    }

    /**
     * Queries or keys with their positions.
     *
     * @param x (B, N, h · d), the patches last
     * @return the same shape
     */
    Tensor rotated(Tensor x) {
        long images = x.size(0);
        long before = x.size(1) - patches;
        return Tensors.scoped(() -> {
            Tensor own = x.narrow(1, before, patches).reshape(images, patches, heads, width);
            Tensor exchanged = torch.roll(own, new long[] {width / 2}, -1); // the other number of each plane
            Tensor turned = own.mul(cosines).addcmul(exchanged, sines);
            return Tensors.cat(List.of(x.narrow(1, 0, before), turned.flatten(2, 3)), 1);
        });
    }

    /** By what the numbers of a patch are multiplied, (patches, 1, width); borrowed. */
    Tensor cosines() {
        return cosines;
    }

    /** By what the other numbers of their planes are multiplied, (patches, 1, width); borrowed. */
    Tensor sines() {
        return sines;
    }

    @Override
    public void close() {
        Tensors.release(cosines);
        Tensors.release(sines);
    }
}
