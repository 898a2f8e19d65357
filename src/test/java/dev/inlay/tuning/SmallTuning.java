package dev.inlay.tuning;

import static org.assertj.core.api.Assertions.assertThat;

import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.Dropout;
import dev.inlay.backbone.ForwardHooks;
import dev.inlay.backbone.HookPoint;
import dev.inlay.backbone.Pass;
import dev.inlay.backbone.convnext.ConvNeXt;
import dev.inlay.backbone.convnext.ConvNeXtLayout;
import dev.inlay.backbone.convnext.ConvNeXtSpec;
import dev.inlay.backbone.convnext.ConvNeXtVariants;
import dev.inlay.backbone.swin.SwinLayout;
import dev.inlay.backbone.swin.SwinSpec;
import dev.inlay.backbone.swin.SwinTransformer;
import dev.inlay.backbone.swin.SwinVariants;
import dev.inlay.backbone.vit.VisionTransformer;
import dev.inlay.backbone.vit.VitLayout;
import dev.inlay.backbone.vit.VitSpec;
import dev.inlay.backbone.vit.VitVariants;
import dev.inlay.golden.Golden;
import dev.inlay.random.Key;
import dev.inlay.tensor.Tensors;
import dev.inlay.tuning.Trainable.Role;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** What tests of methods share: backbones, changed trainables, and a pass that computes modules in another way. */
public final class SmallTuning {
    /** Classes of every head. */
    public static final int CLASSES = 7;

    private SmallTuning() {}

    /** Attaches a spec, always with the same initial values. */
    public static Tuning of(Backbone backbone, TuningSpec spec) {
        return new Tuning(backbone, spec, CLASSES, 5);
    }

    /** ViT-B/16 in shape only: every parameter is a single zero, read again and again. */
    public static VisionTransformer vitB16() {
        return vit("vit_base_patch16_224");
    }

    /** A published ViT in shape only, like {@link #vitB16}. */
    public static VisionTransformer vit(String name) {
        VitSpec spec = VitVariants.all().get(name);
        return new VisionTransformer(name, spec, zeros(VitLayout.of(spec).shapes()), null);
    }

    /** A published Swin Transformer in shape only, like {@link #vitB16}. */
    public static SwinTransformer swin(String name) {
        SwinSpec spec = SwinVariants.all().get(name);
        return new SwinTransformer(name, spec, zeros(SwinLayout.of(spec).shapes()), null);
    }

    /** A published ConvNeXt in shape only, like {@link #vitB16}. */
    public static ConvNeXt convnext(String name) {
        ConvNeXtSpec spec = ConvNeXtVariants.all().get(name);
        return new ConvNeXt(name, spec, zeros(ConvNeXtLayout.of(spec).shapes()), null);
    }

    private static Map<String, Tensor> zeros(Map<String, List<Long>> shapes) {
        Map<String, Tensor> parameters = new HashMap<>();
        shapes.forEach((name, shape) -> parameters.put(
                name,
                torch.zeros(1).expand(shape.stream().mapToLong(Long::longValue).toArray())));
        return parameters;
    }

    /** The images that belong to {@link Golden#vit}, (5, 3, 24, 32): 3 × 4 patches. */
    public static Tensor images() {
        return Golden.tensors("spt_forward/io.safetensors").get("images");
    }

    /** Moves every trainable away from where it started, so that nothing is zero; statistics stay positive. */
    public static void disturb(Tuning tuning) {
        try (PointerScope scope = new PointerScope();
                NoGradGuard guard = new NoGradGuard()) {
            tuning.trainables().forEach((name, trainable) -> {
                Tensor tensor = trainable.tensor();
                Key key = Key.of(17, name);
                float[] noise = trainable.role() == Role.STATISTIC
                        ? Initial.uniform(key, tensor.numel(), 0.5)
                        : Initial.normal(key, tensor.numel(), 0, 0.2);
                tensor.add_(Tensors.of(noise, Tensors.shape(tensor)));
            });
        }
    }

    /** A trainable's value in double precision. */
    public static Tensor exact(Tuning tuning, String name) {
        assertThat(tuning.trainables()).containsKey(name);
        return tuning.trainables().get(name).tensor().detach().to(ScalarType.Double);
    }

    /** GELU(x) = x Φ(x), spelled out. */
    public static Tensor gelu(Tensor x) {
        Tensor phi = x.div(new Scalar(Math.sqrt(2))).erf().add(new Scalar(1.0)).mul(new Scalar(0.5));
        return x.mul(phi);
    }

    /** x Wᵀ + b with trainables {@code name.weight} and {@code name.bias}, spelled out. */
    public static Tensor affine(Tuning tuning, String name, Tensor x) {
        return x.matmul(exact(tuning, name + ".weight").t()).add(exact(tuning, name + ".bias"));
    }

    /** What takes the place of a place's output; all in double precision. */
    @FunctionalInterface
    public interface Plain {
        /** From input and output of a place to what the method should make of it. */
        Tensor output(HookPoint hookPoint, Tensor x, Tensor y);
    }

    /**
     * Asserts that a tuning's features are those of a pass that changes the outputs of all places of some kinds by
     * {@code plain}.
     */
    public static void assertComputes(VisionTransformer vit, Tuning tuning, Set<HookPoint.Kind> kinds, Plain plain) {
        Map<String, HookPoint> hookPoints = new HashMap<>();
        vit.hookPoints().forEach(hookPoint -> hookPoints.put(hookPoint.name(), hookPoint));
        ForwardHooks hooks = new ForwardHooks() {
            @Override
            public Tensor output(String name, Tensor x, Tensor y, Dropout dropout) {
                HookPoint hookPoint = hookPoints.get(name);
                if (!kinds.contains(hookPoint.kind())) {
                    return y;
                }
                return plain.output(hookPoint, x.to(ScalarType.Double), y.to(ScalarType.Double))
                        .to(ScalarType.Float);
            }
        };
        try (PointerScope scope = new PointerScope();
                NoGradGuard guard = new NoGradGuard()) {
            Tensor images = images();
            assertClose(tuning.features(images, Dropout.NONE, 0), vit.features(images, Pass.evaluation(hooks)), 2e-5);
            assertThat(Tensors.floats(tuning.features(images, Dropout.NONE, 0)))
                    .isNotEqualTo(Tensors.floats(vit.features(images, Pass.BARE)));
        }
    }

    /** Asserts that no element is off by more than a share of the largest one. */
    public static void assertClose(Tensor actual, Tensor expected, double share) {
        assertThat(Tensors.shapeOf(actual)).isEqualTo(Tensors.shapeOf(expected));
        double off = actual.to(ScalarType.Double)
                .sub(expected.to(ScalarType.Double))
                .abs()
                .max()
                .item_double();
        assertThat(off).isLessThanOrEqualTo(share * expected.abs().max().item_double());
    }

    /** Runs {@code body} with the golden ViT and a disturbed tuning of it. */
    public static void disturbed(TuningSpec spec, BiConsumer<VisionTransformer, Tuning> body) {
        try (PointerScope scope = new PointerScope();
                VisionTransformer vit = Golden.vit();
                Tuning tuning = of(vit, spec)) {
            disturb(tuning);
            body.accept(vit, tuning);
        }
    }
}
