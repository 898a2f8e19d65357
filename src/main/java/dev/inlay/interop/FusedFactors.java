package dev.inlay.interop;

import dev.inlay.backbone.HookPoint;
import dev.inlay.error.DataException;
import dev.inlay.tensor.Tensors;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * The factors of a module that is one place, or query, key and value in one. There either all places share A and have
 * their rows of B, or each has columns of its own: A one below the other, B by blocks along its diagonal.
 *
 * @param a (rank, in)
 * @param b (out, rank)
 * @param magnitude (out) of DoRA
 * @param scale alpha / rank
 */
record FusedFactors(PeftModule module, Tensor a, Tensor b, Optional<Tensor> magnitude, double scale) {
    /**
     * The update of each place.
     *
     * @param ranks of the places, where each has its own columns; empty where they share A
     * @param source names file and module, for errors
     * @throws DataException if {@code ranks} are not those of {@code b}
     */
    List<LowRankUpdate> split(Optional<List<Integer>> ranks, String source) {
        List<LowRankUpdate> updates = new ArrayList<>();
        long row = 0;
        long column = 0;
        for (int i = 0; i < module.places().size(); i++) {
            HookPoint hookPoint = module.places().get(i);
            long from = ranks.isPresent() ? column : 0;
            long rank = ranks.isPresent() ? rank(ranks.get(), i, column, source) : a.size(0);
            Tensor rows = b.narrow(0, row, hookPoint.out());
            if (ranks.isPresent() && !isZeroOutside(rows, column, rank)) {
                throw new DataException(source + ": query, key and value do not have the ranks " + ranks.get()
                        + " that the metadata say; remove the key '" + TaskNotes.KEY + "' there to share A");
            }
            if (rank > 0) {
                long start = row;
                updates.add(new LowRankUpdate(
                        hookPoint,
                        a.narrow(0, from, rank),
                        rows.narrow(1, from, rank),
                        magnitude.map(values -> values.narrow(0, start, hookPoint.out())),
                        scale));
            }
            row += hookPoint.out();
            column += rank;
        }
        return updates;
    }

    private long rank(List<Integer> ranks, int i, long column, String source) {
        int places = module.places().size();
        boolean last = i == places - 1;
        if (ranks.size() != places
                || ranks.get(i) < 0
                || column + ranks.get(i) > a.size(0)
                || last && column + ranks.get(i) != a.size(0)) {
            throw new DataException(source + ": the metadata say the ranks " + ranks + " of " + places
                    + " parts, the module has " + a.size(0) + " in all");
        }
        return ranks.get(i);
    }

    private static boolean isZeroOutside(Tensor rows, long column, long rank) {
        Tensor outside = rows.clone();
        outside.narrow(1, column, rank).zero_();
        return outside.count_nonzero().item_long() == 0;
    }

    /** Whether query, key and value are all tuned and have one A, one scale: what {@link #split} makes of a shared A. */
    static boolean share(PeftModule module, List<LowRankUpdate> updates) {
        LowRankUpdate first = updates.get(0);
        return updates.size() == module.places().size()
                && updates.stream()
                        .allMatch(update -> update.scale() == first.scale()
                                && update.rank() == first.rank()
                                && update.a().equal(first.a()));
    }

    /**
     * One module of the updates of its places; {@link #split} takes it apart again.
     *
     * @param updates of some or all places of the module, in their order, with one scale
     * @param frozen gives the frozen matrix of a place that is not tuned
     */
    static FusedFactors of(PeftModule module, List<LowRankUpdate> updates, Function<HookPoint, Tensor> frozen) {
        LowRankUpdate first = updates.get(0);
        Optional<Tensor> magnitude = first.magnitude().map(m -> magnitudes(module, updates, frozen));
        if (share(module, updates)) {
            Tensor b = Tensors.cat(updates.stream().map(LowRankUpdate::b).toList(), 0);
            return new FusedFactors(module, first.a(), b, magnitude, first.scale());
        }
        Tensor a = Tensors.cat(updates.stream().map(LowRankUpdate::a).toList(), 0);
        Tensor b = torch.zeros(module.out(), a.size(0));
        long row = 0;
        long column = 0;
        for (HookPoint hookPoint : module.places()) {
            Optional<LowRankUpdate> update = at(hookPoint, updates);
            if (update.isPresent()) {
                int rank = update.get().rank();
                b.narrow(0, row, hookPoint.out())
                        .narrow(1, column, rank)
                        .copy_(update.get().b());
                column += rank;
            }
            row += hookPoint.out();
        }
        return new FusedFactors(module, a, b, magnitude, first.scale());
    }

    /** The rank of each place, 0 for one that is not tuned. */
    static List<Integer> ranks(PeftModule module, List<LowRankUpdate> updates) {
        return module.places().stream()
                .map(hookPoint ->
                        at(hookPoint, updates).map(LowRankUpdate::rank).orElse(0))
                .toList();
    }

    private static Optional<LowRankUpdate> at(HookPoint hookPoint, List<LowRankUpdate> updates) {
        return updates.stream()
                .filter(update -> update.place().equals(hookPoint))
                .findFirst();
    }

    /** A place that is not tuned keeps the lengths of its frozen rows. */
    private static Tensor magnitudes(
            PeftModule module, List<LowRankUpdate> updates, Function<HookPoint, Tensor> frozen) {
        List<Tensor> parts = new ArrayList<>();
        for (HookPoint hookPoint : module.places()) {
            parts.add(at(hookPoint, updates).flatMap(LowRankUpdate::magnitude).orElseGet(() -> frozen.apply(hookPoint)
                    .norm(new ScalarOptional(new Scalar(2.0)), 1)));
        }
        return Tensors.cat(parts, 0);
    }
}
