package dev.inlay.tuning.mixed;

import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.Dropout;
import dev.inlay.backbone.ForwardHooks;
import dev.inlay.kernels.SparseProduct;
import dev.inlay.tensor.Tensors;
import dev.inlay.tuning.AttachedHooks;
import dev.inlay.tuning.Tuning;
import dev.inlay.tuning.mixed.BatchableTuning.Member;
import dev.inlay.tuning.mixed.ProductBiases.Bias;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/**
 * The hooks of several tunings in one pass without gradients, each for images of its own. The backbone multiplies by its
 * frozen matrices and adds its frozen biases once for all images; what each tuning changes about that is written over the
 * rows of its images, for neighbouring rows in one operation where that is possible.
 */
final class PerTaskHooks implements ForwardHooks {
    private final Backbone backbone;
    private final ProductBiases biases;
    private final List<TaskRows> parts;

    /**
     * The images of one task, for as long as no step tells its members apart; then those of one of its members.
     *
     * @param task whose they are
     * @param members of the task, at least one
     * @param from first row of the pass that is one of them
     * @param images which images of the whole batch they are, in the order of the rows
     */
    record TaskRows(BatchableTuning task, List<Member> members, int from, int[] images) {
        /** Of one member, or of any where all leave the backbone as it is. */
        Tuning tuning() {
            return members.get(0).tuning();
        }

        BatchKey key() {
            return members.get(0).key();
        }

        /** Whether a step may tell its members apart. */
        boolean splitsAt(int step) {
            return members.size() > 1 && step >= task.ensemble().frozenSteps();
        }

        /** The same images once for each member. */
        Stream<TaskRows> split() {
            return members.stream().map(member -> new TaskRows(task, List.of(member), from, images));
        }

        TaskRows at(int row) {
            return new TaskRows(task, members, row, images);
        }

        AttachedHooks hooks() {
            return tuning().hooks();
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
     * @param backbone of the pass
     * @param biases of the backbone
     * @param parts one behind the other, all rows of the pass; with equal {@link BatchKey}s so far
     */
    PerTaskHooks(Backbone backbone, ProductBiases biases, List<TaskRows> parts) {
        this.backbone = backbone;
        this.biases = biases;
        this.parts = parts;
    }

    private Optional<AttachedHooks> only() {
        return parts.size() == 1 ? Optional.of(parts.get(0).hooks()) : Optional.empty();
    }

    @Override
    public Tensor parameter(String name, Tensor base) {
        if (parts.stream().noneMatch(part -> part.hooks().replaces(name))) {
            return base;
        }
        if (only().isPresent()) {
            return only().get().withoutEntries(name, base);
        }
        return biases.contains(name)
                ? base // changed behind the product
                : values(parts, name, base);
    }

    /** The parameter of a name that each part has, (rows of all, k, d); vectors in main memory without a tensor for each. */
    private Tensor values(List<TaskRows> run, String name, Tensor base) {
        if (base.dim() > 1 || !base.is_cpu()) {
            return joined(run, (hooks, part) -> ofThree(hooks.withoutEntries(name, base)));
        }
        float[] frozen = Tensors.floats(base);
        int rows = run.stream().mapToInt(TaskRows::size).sum();
        float[] all = new float[rows * frozen.length];
        int at = 0;
        for (TaskRows part : run) {
            System.arraycopy(frozen, 0, all, at, frozen.length);
            part.hooks().write(name, base, all, at);
            for (int i = 1; i < part.size(); i++) {
                System.arraycopy(all, at, all, at + i * frozen.length, frozen.length);
            }
            at += part.size() * frozen.length;
        }
        return backbone.device().of(all, rows, 1, frozen.length);
    }

    /** (n), (k, d) or (1, k, d) as (1, k, d). */
    private static Tensor ofThree(Tensor value) {
        return value.dim() == 1 ? value.view(1, 1, -1) : value.dim() == 2 ? value.unsqueeze(0) : value;
    }

    @Override
    public void product(String weight, Tensor x, Tensor y) {
        List<Bias> replaced = only().isPresent()
                ? List.of()
                : biases.of(weight).stream()
                        .filter(bias -> parts.stream().anyMatch(part -> replaces(part, bias)))
                        .toList();
        List<SparseProduct.Images> images = new ArrayList<>();
        for (TaskRows part : parts) {
            int rows = only().isPresent() ? Math.toIntExact(x.size(0)) : part.size();
            boolean isShifted = replaced.stream().anyMatch(bias -> replaces(part, bias));
            images.add(new SparseProduct.Images(part.hooks().deltas(weight), isShifted, part.from(), rows));
        }
        try (PointerScope scope = new PointerScope()) {
            SparseProduct.add(images, replaced.isEmpty() ? null : shifts(replaced, y), x, y);
        }
    }

    private static boolean replaces(TaskRows part, Bias bias) {
        return part.hooks().replaces(bias.parameter());
    }

    /** What the parts' biases are more than the frozen ones, (B, out). */
    private Tensor shifts(List<Bias> replaced, Tensor y) {
        Tensor shifts = backbone.device().zeros(y.size(0), y.size(-1));
        for (Bias bias : replaced) {
            Tensor base = backbone.parameters().get(bias.parameter());
            for (List<TaskRows> run : runs(part -> replaces(part, bias))) {
                Tensor own = values(run, bias.parameter(), base);
                shifts.narrow(0, run.get(0).from(), own.size(0))
                        .narrow(1, bias.column(), base.numel())
                        .copy_(own.squeeze(1).sub(base));
            }
        }
        return shifts;
    }

    /** Parts next to each other that all fit. */
    private List<List<TaskRows>> runs(Predicate<TaskRows> fits) {
        List<List<TaskRows>> runs = new ArrayList<>();
        boolean open = false;
        for (TaskRows part : parts) {
            boolean fitting = fits.test(part);
            if (fitting && !open) {
                runs.add(new ArrayList<>());
            }
            if (fitting) {
                runs.get(runs.size() - 1).add(part);
            }
            open = fitting;
        }
        return runs;
    }

    @Override
    public Tensor output(String place, Tensor x, Tensor y, Dropout dropout) {
        if (only().isPresent()) {
            return only().get().output(place, x, y, dropout);
        }
        Bottlenecks.of(parts, part -> part.hooks().bottleneck(place)).forEach(together -> together.addTo(x, y));
        for (TaskRows part : parts) {
            if (part.hooks().changesOutput(place)
                    && part.hooks().bottleneck(place).isEmpty()) {
                try (PointerScope scope = new PointerScope()) {
                    Tensor rows = part.rows(y);
                    rows.copy_(part.hooks().output(place, part.rows(x), rows, dropout));
                }
            }
        }
        return y;
    }

    @Override
    public Tensor tokens(int block, Tensor x, Dropout dropout) {
        if (parts.stream().noneMatch(part -> part.hooks().changesTokens(block))) {
            return x;
        }
        return joined(parts, (hooks, part) -> hooks.tokens(block, part.rows(x), dropout));
    }

    @Override
    public Optional<Tensor> context(int block, Dropout dropout) {
        if (parts.stream().noneMatch(part -> part.hooks().hasContext(block))) {
            return Optional.empty();
        }
        return only().map(hooks -> hooks.context(block, dropout))
                .orElseGet(() -> Optional.of(joined(
                        parts, (hooks, part) -> hooks.context(block, dropout).orElseThrow())));
    }

    @Override
    public boolean readsOthers() {
        return parts.stream().anyMatch(part -> part.hooks().readsOthers());
    }

    @Override
    public Tensor pooled(Tensor x, Tensor own) {
        return only().map(hooks -> hooks.pooled(x, own)).orElse(own);
    }

    /** What each of some parts has, (1 or its size, n, d), one behind the other: (rows of all, n, d). */
    private static Tensor joined(List<TaskRows> parts, BiFunction<AttachedHooks, TaskRows, Tensor> value) {
        return Tensors.cat(
                parts.stream()
                        .map(part -> part.each(value.apply(part.hooks(), part)))
                        .toList(),
                0);
    }
}
