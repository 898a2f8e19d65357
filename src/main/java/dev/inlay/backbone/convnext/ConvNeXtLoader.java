package dev.inlay.backbone.convnext;

import dev.inlay.backbone.RandomWeights;
import dev.inlay.error.DataException;
import dev.inlay.tensor.Tensors;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/** Makes ConvNeXts from named tensors, strictly, or from a seed. */
public final class ConvNeXtLoader {
    private ConvNeXtLoader() {}

    /**
     * A ConvNeXt over the tensors of a checkpoint.
     *
     * @param name what to call the backbone
     * @param tensors float32 under timm's names, those of the head optional; owned by the caller, who may release them
     *     afterwards
     * @param source what to call the checkpoint in errors
     * @throws DataException listing every tensor that is missing, unexpected, of another shape or not finite
     */
    public static ConvNeXt load(String name, ConvNeXtSpec spec, Map<String, Tensor> tensors, String source) {
        ConvNeXtLayout.expected(spec).require(tensors, name, source);
        return new ConvNeXt(
                name, spec, tensors, ConvNeXtLayout.HEAD.read(tensors).orElse(null));
    }

    /**
     * A ConvNeXt with {@linkplain RandomWeights random weights}.
     *
     * @param seed equal seeds give equal weights
     */
    public static ConvNeXt random(String name, ConvNeXtSpec spec, long seed) {
        Map<String, Tensor> tensors = RandomWeights.draw(ConvNeXtLayout.shapes(spec), ConvNeXtLayout.sites(spec), seed);
        ConvNeXt convnext = new ConvNeXt(name, spec, tensors, null);
        tensors.values().forEach(Tensors::release);
        return convnext;
    }
}
