package dev.inlay.interop;

import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.BackboneFamily;
import dev.inlay.backbone.Dropout;
import dev.inlay.backbone.ForwardHooks;
import dev.inlay.backbone.Pass;
import dev.inlay.data.LabelSpace;
import dev.inlay.error.InlayException;
import dev.inlay.random.Key;
import dev.inlay.task.Task;
import dev.inlay.tensor.Tensors;
import dev.inlay.tuning.Tuning;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * A task put into the weights of its backbone: a network that needs no Inlay. Before they are used for anything, the
 * merged weights have to give the task's logits on a random image, or the numbers that it predicts.
 */
final class MergedWeights implements AutoCloseable {
    private static final double TOLERANCE = 1e-4;

    private final Map<String, Tensor> tensors;

    private MergedWeights(Map<String, Tensor> tensors) {
        this.tensors = tensors;
    }

    /**
     * @throws dev.inlay.error.ConfigException listing, by method, what cannot be merged; or if the task has several members
     * @throws dev.inlay.error.DataException if the task is of another backbone
     * @throws InlayException if the merged weights do not give the same logits, as with numbers so large that merging
     *     rounds them off
     */
    static MergedWeights of(Task task, Backbone backbone) {
        task.requireOneMember("a merged network");
        try (Tuning tuning = task.attach(backbone)) {
            MergedWeights merged = new MergedWeights(
                    named(tuning.merged(), backbone, task.info().labels()));
            try {
                merged.requireSame(tuning, task.info().labels());
                return merged;
            } catch (RuntimeException e) {
                merged.close();
                throw e;
            }
        }
    }

    /** The head under the names that timm has for it; it has none on maps. */
    private static Map<String, Tensor> named(Map<String, Tensor> merged, Backbone backbone, LabelSpace labels) {
        Map<String, Tensor> named = new LinkedHashMap<>(merged);
        Tensor weight = named.remove(Tuning.HEAD_WEIGHT);
        Tensor bias = named.remove(Tuning.HEAD_BIAS);
        List<String> heads = labels.kind() == LabelSpace.Kind.MASKS
                ? List.of()
                : BackboneFamily.of(backbone.spec()).headNames(backbone.spec());
        try (PointerScope scope = new PointerScope()) {
            for (String head : heads) {
                named.put(
                        head + ".weight",
                        Tensors.own(PlainOutputs.weight(labels, weight).clone()));
                named.put(
                        head + ".bias",
                        Tensors.own(PlainOutputs.bias(labels, bias).clone()));
            }
        }
        Tensors.release(weight);
        Tensors.release(bias);
        return named;
    }

    /** Under timm's names, the head last where it reads no map; borrowed. */
    Map<String, Tensor> tensors() {
        return tensors;
    }

    private void requireSame(Tuning tuning, LabelSpace labels) {
        Backbone backbone = tuning.backbone();
        String head =
                BackboneFamily.of(backbone.spec()).headNames(backbone.spec()).get(0);
        try (PointerScope scope = new PointerScope();
                NoGradGuard guard = new NoGradGuard();
                Backbone plain = BackboneFamily.of(backbone.spec())
                        .load(backbone.name(), backbone.spec(), tensors, "the merged weights")) {
            Tensor image = image(backbone);
            Tensor expected = PlainOutputs.bias(labels, tuning.head(tuning.features(image, Dropout.NONE, 0)));
            Tensor found = labels.kind() == LabelSpace.Kind.MASKS
                    ? tuning.head(tuning.headed(map(plain, image), Dropout.NONE))
                    : torch.linear(
                            plain.features(image, Pass.BARE),
                            tensors.get(head + ".weight"),
                            tensors.get(head + ".bias"));
            double largest = expected.abs().max().item_double();
            double off = found.sub(expected).abs().max().item_double();
            if (!(off <= TOLERANCE * (1 + largest))) {
                throw new InlayException("the merged weights give logits that are off by " + off
                        + " where the task's are up" + " to " + largest + "; nothing is written");
            }
        }
    }

    private static Tensor map(Backbone plain, Tensor image) {
        Pass pass = Pass.evaluation(new ForwardHooks() {
            @Override
            public boolean readsOthers() {
                return true;
            }
        });
        return plain.map(plain.run(image, 0, plain.depth() + 1, pass), pass);
    }

    private static Tensor image(Backbone backbone) {
        SplittableRandom random = Key.of(0, "merged").stream();
        float[] pixels = new float[3 * backbone.height() * backbone.width()];
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = (float) random.nextGaussian();
        }
        return Tensors.of(pixels, 1, 3, backbone.height(), backbone.width());
    }

    @Override
    public void close() {
        tensors.values().forEach(Tensors::release);
    }
}
