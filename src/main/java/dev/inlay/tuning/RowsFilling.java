package dev.inlay.tuning;

import dev.inlay.backbone.Filling;
import dev.inlay.backbone.Noise;
import dev.inlay.tensor.Tensors;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/**
 * The fillings of several tunings in one pass without gradients, each for images of its own. The backbone multiplies by its
 * frozen matrices once for all images; what each tuning adds to that is written over the rows of its images.
 */
final class RowsFilling implements Filling {
    private final List<Part> parts;

    /**
     * The images of one tuning.
     *
     * @param tuning whose they are
     * @param from first row of the pass that is one of them
     * @param images which images of the whole batch they are, in the order of the rows
     */
    record Part(Tuning tuning, int from, int[] images) {
        Fillings fillings() {
            return tuning.fillings();
        }

        int size() {
            return images.length;
        }

        /** The rows of this part of (B, …). */
        Tensor rows(Tensor all) {
            return all.narrow(0, from, size());
        }

        /** (1 or size, n, d) to (size, n, d). */
        Tensor each(Tensor value) {
            return value.expand(size(), value.size(1), value.size(2));
        }
    }

    /**
     * @param parts one behind the other, all rows of the pass; with equal {@link Route}s so far
     */
    RowsFilling(List<Part> parts) {
        this.parts = parts;
    }

    private Optional<Fillings> only() {
        return parts.size() == 1 ? Optional.of(parts.get(0).fillings()) : Optional.empty();
    }

    @Override
    public Tensor parameter(String name, Tensor base) {
        if (parts.stream().noneMatch(part -> part.fillings().replaces(name))) {
            return base;
        }
        return only().map(fillings -> fillings.withoutEntries(name, base))
                .orElseGet(() -> joined((fillings, part) -> ofThree(fillings.withoutEntries(name, base))));
    }

    /** (n), (k, d) or (1, k, d) as (1, k, d). */
    private static Tensor ofThree(Tensor value) {
        return value.dim() == 1 ? value.view(1, 1, -1) : value.dim() == 2 ? value.unsqueeze(0) : value;
    }

    @Override
    public void product(String weight, Tensor x, Tensor y) {
        if (only().isPresent()) {
            only().get().addEntries(weight, x, y);
            return;
        }
        for (Part part : parts) {
            try (PointerScope scope = new PointerScope()) {
                part.fillings().addEntries(weight, part.rows(x), part.rows(y));
            }
        }
    }

    @Override
    public Tensor output(String place, Tensor x, Tensor y, Noise noise) {
        if (only().isPresent()) {
            return only().get().output(place, x, y, noise);
        }
        for (Part part : parts) {
            if (part.fillings().outputs.containsKey(place)) {
                try (PointerScope scope = new PointerScope()) {
                    Tensor rows = part.rows(y);
                    rows.copy_(part.fillings().output(place, part.rows(x), rows, noise));
                }
            }
        }
        return y;
    }

    @Override
    public Tensor tokens(int block, Tensor x, Noise noise) {
        if (parts.stream().noneMatch(part -> part.fillings().tokens.containsKey(block))) {
            return x;
        }
        return joined((fillings, part) -> fillings.tokens(block, part.rows(x), noise));
    }

    @Override
    public Optional<Tensor> context(int block, Noise noise) {
        if (parts.stream().noneMatch(part -> part.fillings().contexts.containsKey(block))) {
            return Optional.empty();
        }
        return only().map(fillings -> fillings.context(block, noise))
                .orElseGet(() -> Optional.of(joined(
                        (fillings, part) -> fillings.context(block, noise).orElseThrow())));
    }

    @Override
    public boolean poolsOthers() {
        return parts.stream().anyMatch(part -> part.fillings().poolsOthers());
    }

    @Override
    public Tensor pooled(Tensor x, Tensor own) {
        return only().map(fillings -> fillings.pooled(x, own)).orElse(own);
    }

    /** What each part has, (1 or its size, n, d), one behind the other: (B, n, d). */
    private Tensor joined(BiFunction<Fillings, Part, Tensor> value) {
        return Tensors.cat(
                parts.stream()
                        .map(part -> part.each(value.apply(part.fillings(), part)))
                        .toList(),
                0);
    }
}
