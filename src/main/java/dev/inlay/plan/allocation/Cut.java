package dev.inlay.plan.allocation;

import dev.inlay.plan.FlatIndices;

/** The τ highest-ranked weights: everything above a score, and the first few of those that equal it. */
final class Cut {
    private final int[] selected;
    private final int boundary;
    private final int lastTensor;
    private final int lastTies;

    /**
     * @param selected selected weights per tensor
     * @param boundary {@link Ranking#bits} of the lowest selected score
     * @param lastTensor of the weights that score exactly that, all in earlier tensors are selected
     * @param lastTies and this many in this tensor, lowest flat index first
     */
    Cut(int[] selected, int boundary, int lastTensor, int lastTies) {
        this.selected = selected;
        this.boundary = boundary;
        this.lastTensor = lastTensor;
        this.lastTies = lastTies;
    }

    /** The cut that leaves nothing out. */
    static Cut everything(int[] sizes) {
        return new Cut(sizes, 0, sizes.length, 0);
    }

    long tau() {
        return Charge.COUNT.total(selected);
    }

    int selected(int tensor) {
        return selected[tensor];
    }

    long total(Charge charge) {
        return charge.total(selected);
    }

    /** Selected weights per tensor; a copy. */
    int[] selected() {
        return selected.clone();
    }

    /** Positions of the selected weights of one tensor, given its scores. */
    FlatIndices indices(int tensor, float[] scores) {
        int[] indices = new int[selected[tensor]];
        int ties = tensor < lastTensor ? Integer.MAX_VALUE : tensor == lastTensor ? lastTies : 0;
        int found = 0;
        for (int i = 0; found < indices.length; i++) {
            int bits = Ranking.bits(scores[i]);
            if (bits > boundary || (bits == boundary && ties-- > 0)) {
                indices[found++] = i;
            }
        }
        return FlatIndices.of(indices);
    }
}
