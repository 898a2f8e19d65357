package dev.inlay.bench;

import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.DelegatingHooks;
import dev.inlay.backbone.Dropout;
import dev.inlay.backbone.ForwardHooks;
import dev.inlay.backbone.HookPoint;
import dev.inlay.backbone.Pass;
import dev.inlay.backbone.TunableParameter;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.GradMode;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Counts the floating-point operations of a backbone's matrix products for one image, a multiplication and an addition
 * being two: embedding of patches, linear layers, and the two products of each attention, whose keys and values are
 * of every token of an image. Backward, a product counts again for the gradient of its input where that has one, and again for the
 * gradient of its matrix where that is trained; an attention that has a gradient counts twice. What a method computes
 * besides, and what is computed twice to save memory, is not counted.
 */
final class Flops extends DelegatingHooks {
    private static final long MULTIPLY_AND_ADD = 2;

    private final Map<String, HookPoint> hookPoints = new HashMap<>();
    private final Map<String, String> matrices = new HashMap<>();
    private final Set<String> trained = new HashSet<>();
    private long entering;
    private long furtherKeys;
    private long operations;

    private Flops(Backbone backbone, ForwardHooks hooks) {
        super(hooks);
        backbone.hookPoints().forEach(hookPoint -> hookPoints.put(hookPoint.name(), hookPoint));
        backbone.tunableParameters().stream()
                .filter(tunable -> tunable.kind() == TunableParameter.Kind.MATRIX)
                .forEach(tunable -> matrices.put(tunable.linear(), tunable.parameter()));
        backbone.tunableParameters().stream()
                .filter(tunable -> tunable.kind() == TunableParameter.Kind.PATCH_FILTERS && !tunable.isBias())
                .forEach(tunable -> matrices.put(tunable.operation(), tunable.parameter()));
    }

    /** Forward and backward, as far as anything in {@code hooks} has a gradient. */
    static long training(Backbone backbone, ForwardHooks hooks) {
        return count(backbone, hooks);
    }

    /** Forward alone. */
    static long inference(Backbone backbone, ForwardHooks hooks) {
        try (NoGradGuard guard = new NoGradGuard()) {
            return count(backbone, hooks);
        }
    }

    private static long count(Backbone backbone, ForwardHooks hooks) {
        Flops flops = new Flops(backbone, hooks);
        try (PointerScope scope = new PointerScope()) {
            backbone.features(torch.zeros(1, 3, backbone.height(), backbone.width()), Pass.evaluation(flops));
        }
        return flops.operations;
    }

    @Override
    public Tensor parameter(String name, Tensor base) {
        Tensor value = super.parameter(name, base);
        if (value.requires_grad()) {
            trained.add(name);
        }
        return value;
    }

    @Override
    public Tensor output(String name, Tensor x, Tensor y, Dropout dropout) {
        HookPoint hookPoint = hookPoints.get(name);
        switch (hookPoint.kind()) {
            case PATCHES -> add(hookPoint, y.size(1), false);
            case LINEAR -> add(hookPoint, x.numel() / hookPoint.in(), x.requires_grad());
            case ATTENTION -> {
                long products = 2 * MULTIPLY_AND_ADD * x.size(1) * (entering + furtherKeys) * hookPoint.out();
                operations += products * (y.requires_grad() ? 3 : 1);
                furtherKeys = 0;
            }
            case NORM, MLP, BLOCK -> {}
        }
        return super.output(name, x, y, dropout);
    }

    private void add(HookPoint hookPoint, long tokens, boolean gradientOfInput) {
        long product = MULTIPLY_AND_ADD * tokens * hookPoint.in() * hookPoint.out();
        boolean gradientOfMatrix = GradMode.is_enabled() && trained.contains(matrices.get(hookPoint.name()));
        operations += product * (1 + (gradientOfInput ? 1 : 0) + (gradientOfMatrix ? 1 : 0));
    }

    @Override
    public Tensor tokens(int block, Tensor x, Dropout dropout) {
        Tensor all = super.tokens(block, x, dropout);
        entering = all.size(1);
        return all;
    }

    @Override
    public Optional<Tensor> context(int block, Dropout dropout) {
        Optional<Tensor> context = super.context(block, dropout);
        furtherKeys = context.map(tokens -> tokens.size(1)).orElse(0L);
        return context;
    }
}
