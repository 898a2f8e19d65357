package dev.inlay.tuning.mixed;

import dev.inlay.kernels.LowRankProduct;
import dev.inlay.tensor.Precision;
import dev.inlay.tuning.Bottleneck;
import dev.inlay.tuning.Bottleneck.Factors;
import dev.inlay.tuning.Bottleneck.Form;
import dev.inlay.tuning.mixed.PerTaskHooks.TaskRows;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/** Bottlenecks of one form that parts next to each other have at a place, as batched products over their images. */
final class Bottlenecks {
    private final Form form;
    private final int from;
    private final List<Factors> images = new ArrayList<>();

    private Bottlenecks(Form form, int from) {
        this.form = form;
        this.from = from;
    }

    /**
     * Takes the parts together that can be.
     *
     * @param parts in the order of their rows
     * @param modules what each has
     */
    static List<Bottlenecks> of(List<TaskRows> parts, Function<TaskRows, Optional<Bottleneck>> modules) {
        List<Bottlenecks> runs = new ArrayList<>();
        Bottlenecks last = null;
        for (TaskRows part : parts) {
            Optional<Bottleneck> module = modules.apply(part);
            if (module.isEmpty()) {
                last = null;
                continue;
            }
            Factors own = module.get().factors();
            if (last == null || !last.form.equals(own.form())) {
                last = new Bottlenecks(own.form(), part.from());
                runs.add(last);
            }
            last.images.addAll(Collections.nCopies(part.size(), own));
        }
        return runs;
    }

    /**
     * Adds what the modules add.
     *
     * @param x (B, N, in) all rows of the pass
     * @param y (B, N, out); those of these images are written
     */
    void addTo(Tensor x, Tensor y) {
        try (PointerScope scope = new PointerScope()) {
            Tensor rows = y.narrow(0, from, images.size());
            Tensor in = form.beside() ? x.narrow(0, from, images.size()) : rows;
            if (form.isLinear()) {
                LowRankProduct.add(images.stream().map(Bottlenecks::product).toList(), form.scale(), in, rows);
            } else {
                addAdapters(Precision.FLOAT32.of(in), rows);
            }
        }
    }

    private static LowRankProduct product(Factors of) {
        return new LowRankProduct(of.down(), of.up());
    }

    private void addAdapters(Tensor h, Tensor rows) {
        Tensor inner = torch.baddbmm(
                stacked(f -> f.downBias().orElseThrow()).unsqueeze(1),
                h,
                stacked(Factors::down).transpose(1, 2));
        Tensor delta = torch.baddbmm(
                stacked(f -> f.upBias().orElseThrow()).unsqueeze(1),
                form.activation().apply(inner),
                stacked(Factors::up).transpose(1, 2));
        rows.copy_(Precision.FLOAT32.of(rows).add(delta, new Scalar(form.scale())));
    }

    private Tensor stacked(Function<Factors, Tensor> part) {
        return torch.stack(new TensorVector(images.stream().map(part).toArray(Tensor[]::new)), 0);
    }
}
