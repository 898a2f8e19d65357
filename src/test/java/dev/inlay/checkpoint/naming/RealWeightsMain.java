package dev.inlay.checkpoint.naming;

import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.BackboneFamily;
import dev.inlay.backbone.BackboneSpec;
import dev.inlay.backbone.Pass;
import dev.inlay.checkpoint.StoredTensors;
import dev.inlay.checkpoint.safetensors.SafeTensorsWriter;
import dev.inlay.checkpoint.safetensors.TensorEntry;
import dev.inlay.random.Key;
import dev.inlay.task.TunedModel;
import dev.inlay.tensor.Tensors;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/**
 * The JVM's side of {@code scripts/real_weights}: {@code NAME FILE OUT [TASK…]} writes random images, a checkpoint's features of
 * them, and each task's logits under the name of its file.
 */
public final class RealWeightsMain {
    private static final int IMAGES = 2;

    private RealWeightsMain() {}

    public static void main(String[] arguments) {
        Path file = Path.of(arguments[1]);
        try (PointerScope scope = new PointerScope();
                NoGradGuard guard = new NoGradGuard();
                Backbone backbone = backbone(arguments[0], file)) {
            SplittableRandom random = Key.of(29, "images").stream();
            float[] pixels = new float[IMAGES * 3 * backbone.height() * backbone.width()];
            for (int i = 0; i < pixels.length; i++) {
                pixels[i] = (float) random.nextGaussian();
            }
            Tensor images = Tensors.of(pixels, IMAGES, 3, backbone.height(), backbone.width());
            Tensor features = backbone.features(images, Pass.BARE);
            List<TensorEntry> found = new ArrayList<>(
                    List.of(StoredTensors.entry("images", images), StoredTensors.entry("features", features)));
            for (String task : List.of(arguments).subList(3, arguments.length)) {
                try (TunedModel model = TunedModel.open(Path.of(task), backbone)) {
                    found.add(StoredTensors.entry(task, model.logits(images)));
                }
            }
            SafeTensorsWriter.write(Path.of(arguments[2]), found, Map.of("name", backbone.name()));
        }
    }

    private static Backbone backbone(String asked, Path file) {
        try (BackboneWeights weights = BackboneWeights.open(file)) {
            String name = asked.equals("auto") ? weights.variant() : asked;
            BackboneSpec spec = weights.complete(BackboneFamily.published().get(name), Set.of());
            return BackboneFamily.of(spec).load(name, spec, weights.read(name, spec), file.toString());
        }
    }
}
