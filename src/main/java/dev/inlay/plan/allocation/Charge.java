package dev.inlay.plan.allocation;

/** What a selection costs, as a sum over tensors. */
@FunctionalInterface
interface Charge {
    /** One per selected weight: the charge that τ itself limits. */
    Charge COUNT = (tensor, selected) -> selected;

    /**
     * @param tensor position in the list of candidates
     * @param selected how many of its weights are selected
     * @return 0 for none, and never less for more
     */
    long of(int tensor, int selected);

    /** The sum over all tensors; {@code selected} has one count per tensor. */
    default long total(int[] selected) {
        long total = 0;
        for (int tensor = 0; tensor < selected.length; tensor++) {
            total += of(tensor, selected[tensor]);
        }
        return total;
    }
}
