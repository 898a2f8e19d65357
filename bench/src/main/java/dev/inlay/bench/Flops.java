package dev.inlay.bench;

import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.Filling;
import dev.inlay.backbone.Noise;
import dev.inlay.backbone.Pass;
import dev.inlay.backbone.Place;
import dev.inlay.backbone.Site;
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
 * being two: embedding of patches, linear products, and the two products of each attention, whose keys and values are
 * of every token of an image. Backward, a product counts again for the gradient of its input where that has one, and again for the
 * gradient of its matrix where that is trained; an attention that has a gradient counts twice. What a method computes
 * besides, and what is computed twice to save memory, is not counted.
 */
final class Flops implements Filling {
    private static final long MULTIPLY_AND_ADD = 2;

    private final Filling filling;
    private final Map<String, Place> places = new HashMap<>();
    private final Map<String, String> matrices = new HashMap<>();
    private final Set<String> trained = new HashSet<>();
    private long entering;
    private long furtherKeys;
    private long operations;

    private Flops(Backbone backbone, Filling filling) {
        this.filling = filling;
        backbone.places().forEach(place -> places.put(place.name(), place));
        backbone.sites().stream()
                .filter(site -> site.kind() == Site.Kind.MATRIX)
                .forEach(site -> matrices.put(site.linear(), site.parameter()));
        backbone.sites().stream()
                .filter(site -> site.kind() == Site.Kind.PATCH_FILTERS && !site.isBias())
                .forEach(site -> matrices.put(site.operation(), site.parameter()));
    }

    /** Forward and backward, as far as anything in {@code filling} has a gradient. */
    static long training(Backbone backbone, Filling filling) {
        return count(backbone, filling);
    }

    /** Forward alone. */
    static long inference(Backbone backbone, Filling filling) {
        try (NoGradGuard guard = new NoGradGuard()) {
            return count(backbone, filling);
        }
    }

    private static long count(Backbone backbone, Filling filling) {
        Flops flops = new Flops(backbone, filling);
        try (PointerScope scope = new PointerScope()) {
            backbone.features(torch.zeros(1, 3, backbone.height(), backbone.width()), Pass.evaluation(flops));
        }
        return flops.operations;
    }

    @Override
    public Tensor parameter(String name, Tensor base) {
        Tensor value = filling.parameter(name, base);
        if (value.requires_grad()) {
            trained.add(name);
        }
        return value;
    }

    @Override
    public void product(String weight, Tensor x, Tensor y) {
        filling.product(weight, x, y);
    }

    @Override
    public Tensor output(String name, Tensor x, Tensor y, Noise noise) {
        Place place = places.get(name);
        switch (place.kind()) {
            case PATCHES -> add(place, y.size(1), false);
            case LINEAR -> add(place, x.numel() / place.in(), x.requires_grad());
            case ATTENTION -> {
                long products = 2 * MULTIPLY_AND_ADD * x.size(1) * (entering + furtherKeys) * place.out();
                operations += products * (y.requires_grad() ? 3 : 1);
                furtherKeys = 0;
            }
            case NORM, MLP, BLOCK -> {}
        }
        return filling.output(name, x, y, noise);
    }

    private void add(Place place, long tokens, boolean gradientOfInput) {
        long product = MULTIPLY_AND_ADD * tokens * place.in() * place.out();
        boolean gradientOfMatrix = GradMode.is_enabled() && trained.contains(matrices.get(place.name()));
        operations += product * (1 + (gradientOfInput ? 1 : 0) + (gradientOfMatrix ? 1 : 0));
    }

    @Override
    public Tensor tokens(int block, Tensor x, Noise noise) {
        Tensor all = filling.tokens(block, x, noise);
        entering = all.size(1);
        return all;
    }

    @Override
    public Optional<Tensor> context(int block, Noise noise) {
        Optional<Tensor> context = filling.context(block, noise);
        furtherKeys = context.map(tokens -> tokens.size(1)).orElse(0L);
        return context;
    }

    @Override
    public boolean poolsOthers() {
        return filling.poolsOthers();
    }

    @Override
    public Tensor pooled(Tensor x, Tensor own) {
        return filling.pooled(x, own);
    }
}
