package dev.inlay.tuning.method;

import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.Classifier;
import dev.inlay.backbone.HookPoint;
import dev.inlay.backbone.Pass;
import dev.inlay.backbone.TokenGrid;
import dev.inlay.backbone.TunableParameter;
import dev.inlay.backbone.vit.VitLayout;
import dev.inlay.backbone.vit.VitSpec;
import dev.inlay.tensor.Device;
import dev.inlay.tensor.Precision;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;

/** What a ViT of these sizes offers, without its weights: specs can be attached and counted, not run. */
record Sizes(VitSpec spec, List<HookPoint> hookPoints) implements Backbone {
    static Sizes of(VitSpec spec) {
        return new Sizes(spec, VitLayout.of(spec).hookPoints());
    }

    @Override
    public String name() {
        return "sizes";
    }

    @Override
    public List<TunableParameter> tunableParameters() {
        return VitLayout.of(spec).tunableParameters();
    }

    @Override
    public Map<String, Tensor> parameters() {
        return Map.of();
    }

    @Override
    public Device device() {
        return Device.CPU;
    }

    @Override
    public Precision precision() {
        return Precision.FLOAT32;
    }

    @Override
    public Backbone in(Precision precision) {
        return this;
    }

    @Override
    public Backbone on(Device device) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Optional<Classifier> checkpointHead() {
        return Optional.empty();
    }

    @Override
    public TokenGrid grid(int block) {
        return new TokenGrid(1, spec.height() / spec.patchSize(), spec.width() / spec.patchSize());
    }

    @Override
    public String fingerprint() {
        throw new UnsupportedOperationException();
    }

    @Override
    public Tensor embed(Tensor images, Pass pass) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Tensor block(int index, Tensor x, Pass pass) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Tensor readout(Tensor x, Pass pass) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Tensor map(Tensor x, Pass pass) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close() {}
}
