package dev.inlay.train.run;

import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.vit.VisionTransformer;
import dev.inlay.backbone.vit.VitLoader;
import dev.inlay.backbone.vit.VitSpec;
import dev.inlay.backbone.vit.VitVariants;
import dev.inlay.checkpoint.StoredTensors;
import dev.inlay.checkpoint.npz.NpzFile;
import dev.inlay.checkpoint.pth.PthFile;
import dev.inlay.checkpoint.pth.StateDict;
import dev.inlay.checkpoint.safetensors.SafeTensorsFile;
import dev.inlay.checkpoint.safetensors.SafeTensorsWriter;
import dev.inlay.checkpoint.safetensors.TensorEntry;
import dev.inlay.config.BackboneConfig;
import dev.inlay.config.PretrainConfig;
import dev.inlay.error.DataException;
import dev.inlay.error.InlayException;
import dev.inlay.tensor.Tensors;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Loads the backbones that configs name. */
public final class Backbones {
    /** The metadata key under which a file of weights carries its {@link VitSpec}. */
    public static final String SPEC_KEY = "inlay.vit";

    private static final Logger LOG = LoggerFactory.getLogger(Backbones.class);
    private static final String BUILTIN_RESOURCE = "builtin-vit.safetensors";

    private Backbones() {}

    /**
     * The backbone of a config.
     *
     * @param seed of random weights, where the config asks for them
     * @throws dev.inlay.error.ConfigException if the variant or the spec is bad
     * @throws DataException if the file does not hold the backbone's weights
     */
    public static VisionTransformer load(BackboneConfig config, long seed) {
        if (config.name().equals(BackboneConfig.BUILTIN) && !config.random()) {
            return builtin();
        }
        VitSpec spec = spec(config);
        if (config.random()) {
            return VitLoader.random(config.name(), spec, seed);
        }
        return load(config.name(), spec, config.file().orElseThrow());
    }

    private static VitSpec spec(BackboneConfig config) {
        if (config.name().equals(BackboneConfig.BUILTIN)) {
            try (VisionTransformer vit = builtin()) {
                return vit.spec();
            }
        }
        return config.spec().map(VitSpec::read).orElseGet(() -> VitVariants.of(config.name()));
    }

    /** An untrained ViT of the sizes that {@code inlay pretrain} asks for. */
    static Backbone fresh(PretrainConfig.Network network, long seed) {
        VitSpec spec = new VitSpec(
                network.imageSize(),
                network.imageSize(),
                network.patchSize(),
                network.embedDim(),
                network.depth(),
                network.numHeads(),
                network.mlpHidden(),
                0,
                VitSpec.TIMM_EPS);
        return VitLoader.random(BackboneConfig.BUILTIN, spec, seed);
    }

    /**
     * Writes weights as {@link #builtin} reads them.
     *
     * @param made one of {@link #fresh}
     * @param tensors its weights, trained, under timm's names
     */
    static void write(Path out, Backbone made, List<TensorEntry> tensors) {
        VitSpec spec = ((VisionTransformer) made).spec();
        SafeTensorsWriter.write(out, tensors, Map.of(SPEC_KEY, spec.toJson()));
    }

    /**
     * A ViT from a file of weights: safetensors under timm's names, what {@code torch.save} wrote under timm's names, or an
     * {@code .npz} in Google's layout. What is taken off, left out, mapped or resized is logged.
     *
     * @throws DataException if the file does not hold exactly its weights; lists what differs
     */
    public static VisionTransformer load(String name, VitSpec spec, Path file) {
        if (NpzFile.recognises(file)) {
            return GoogleVitFile.load(name, spec, file);
        }
        if (PthFile.recognises(file)) {
            return loadPth(name, spec, file);
        }
        try (SafeTensorsFile stored = SafeTensorsFile.open(file)) {
            return load(name, spec, stored, file.toString());
        }
    }

    private static VisionTransformer loadPth(String name, VitSpec spec, Path file) {
        try (PthFile stored = PthFile.open(file)) {
            StateDict weights = StateDict.of(stored);
            weights.notes().forEach(note -> LOG.info("{}: {}", file, note));
            return load(name, spec, StoredTensors.readAll(stored, weights), file.toString());
        }
    }

    private static VisionTransformer load(String name, VitSpec spec, SafeTensorsFile stored, String source) {
        return load(name, spec, StoredTensors.readAll(stored), source);
    }

    private static VisionTransformer load(String name, VitSpec spec, Map<String, Tensor> tensors, String source) {
        try {
            return VitLoader.load(name, spec, tensors, source);
        } finally {
            tensors.values().forEach(Tensors::release);
        }
    }

    /** The small ViT that comes with Inlay, made by {@code configs/run/pretrain-builtin.yaml}. */
    public static VisionTransformer builtin() {
        try (InputStream in = Backbones.class.getResourceAsStream(BUILTIN_RESOURCE)) {
            if (in == null) {
                throw new InlayException("the built-in backbone is missing from this build; make it with"
                        + " inlay pretrain configs/run/pretrain-builtin.yaml");
            }
            Path copy = Files.createTempFile("inlay-builtin", ".safetensors");
            try {
                Files.copy(in, copy, StandardCopyOption.REPLACE_EXISTING);
                try (SafeTensorsFile stored = SafeTensorsFile.open(copy)) {
                    VitSpec spec = VitSpec.parse(stored.metadata().get(SPEC_KEY), "built-in backbone");
                    return load(BackboneConfig.BUILTIN, spec, stored, "the built-in backbone");
                }
            } finally {
                Files.delete(copy);
            }
        } catch (IOException e) {
            throw new InlayException("cannot unpack the built-in backbone: " + e, e);
        }
    }
}
