package dev.inlay.tuning.method;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.Dropout;
import dev.inlay.backbone.NetworkLayout;
import dev.inlay.backbone.Pass;
import dev.inlay.backbone.RandomWeights;
import dev.inlay.backbone.vit.VisionTransformer;
import dev.inlay.backbone.vit.VitLayout;
import dev.inlay.backbone.vit.VitOptions;
import dev.inlay.backbone.vit.VitSpec;
import dev.inlay.golden.Golden;
import dev.inlay.tensor.Device;
import dev.inlay.tensor.Tensors;
import dev.inlay.tuning.SmallTuning;
import dev.inlay.tuning.Trainable;
import dev.inlay.tuning.Tuning;
import dev.inlay.tuning.method.MaskHead.Decoder;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Heads on maps against {@code golden/masks}. */
class MaskHeadTest {
    private static final JsonNode TOLERANCE =
            JsonNodeFactory.instance.objectNode().put("absolute", 1e-6).put("of_largest", 2e-4);
    private static final long MEAN = 1;
    private static final int SHOWN = 997;

    /** Training without anything random. */
    private static final Dropout TRAINING = new Dropout() {
        @Override
        public boolean training() {
            return true;
        }

        @Override
        public Tensor dropPath(Tensor x, String place, double rate) {
            return x;
        }

        @Override
        public Tensor dropout(Tensor x, String place, double rate) {
            return x;
        }
    };

    @ParameterizedTest
    @EnumSource
    void forwardGradientsAndStatisticsAreThoseOfTheReference(Decoder decoder) {
        String name = decoder == Decoder.LINEAR ? "linear" : "setrPup";
        JsonNode meta = Golden.json("masks/meta.json");
        Map<String, Tensor> inputs = Golden.tensors("masks/inputs.safetensors");
        Map<String, Tensor> expected = Golden.tensors("masks/" + name + ".safetensors");
        Tensor map = inputs.get("map");
        int patch = meta.get("patch").asInt();
        try (PointerScope scope = new PointerScope();
                Backbone backbone = vit(patch, map);
                Tuning tuning = new Tuning(
                        backbone, new MaskHead(decoder), meta.get("classes").asInt(), 0)) {
            tuning.load(formulas(tuning), "formulas");
            Tensor entering = map.clone().set_requires_grad(true);
            Tensor labels = inputs.get("labels").to(ScalarType.Long);

            Tensor logits = tuning.head(tuning.headed(entering, TRAINING));
            Tensor loss = torch.cross_entropy_loss(
                    logits,
                    labels,
                    new TensorOptional(),
                    MEAN,
                    meta.get("ignored").asLong(),
                    0);
            loss.backward();

            Golden.assertClose("logits", logits, expected.get("logits"), TOLERANCE);
            Golden.assertClose("loss", loss, expected.get("loss"), TOLERANCE);
            Golden.assertClose("gradient of the map", entering.grad(), expected.get("gradient.map"), TOLERANCE);
            tuning.trainables().forEach((key, trainable) -> {
                if (trainable.isLearned()) {
                    Tensor gradient = trainable.tensor().grad();
                    Tensor shown = gradient.dim() == 4 ? everyShown(gradient) : gradient;
                    Golden.assertClose("gradient of " + key, shown, expected.get("gradient." + key), TOLERANCE);
                } else {
                    Golden.assertClose(key, trainable.tensor(), expected.get("after." + key), TOLERANCE);
                }
            });
            Tensor evaluated = tuning.head(tuning.headed(map, Dropout.NONE));
            Golden.assertClose("evaluation", evaluated, expected.get("evaluation"), TOLERANCE);
        }
    }

    private static Tensor everyShown(Tensor gradient) {
        int count = Math.toIntExact((gradient.numel() + SHOWN - 1) / SHOWN);
        int[] at = IntStream.range(0, count).map(i -> i * SHOWN).toArray();
        return gradient.flatten().index_select(0, Device.CPU.indices(at));
    }

    /** What the fixture fills parameters with. */
    private static Map<String, Tensor> formulas(Tuning tuning) {
        Map<String, Tensor> values = new LinkedHashMap<>();
        tuning.trainables().forEach((name, trainable) -> {
            Tensor like = trainable.tensor();
            int step = name.matches("maskHead\\.\\d\\..*") ? name.charAt("maskHead.".length()) - '0' : 0;
            double norm = name.startsWith("maskHead.norm") ? 0.5 : 0.3 + step;
            String part = name.substring(name.lastIndexOf('.') + 1);
            if (name.equals("head.weight")) {
                values.put(name, wave(like, 0.2, 0.7, 0));
            } else if (name.equals("head.bias")) {
                values.put(name, wave(like, 0.1, 0.9, 0));
            } else if (name.contains(".conv.")) {
                values.put(name, wave(like, 1.5 / Math.sqrt(9.0 * like.size(1)), 0.1 * step, 0));
            } else {
                values.put(
                        name,
                        switch (part) {
                            case "weight" -> wave(like, 0.3, norm, 1);
                            case "bias" -> wave(like, 0.2, norm + 1, 0);
                            case "mean" -> wave(like, 0.1, norm + 2, 0);
                            case "variance" -> wave(like, 0.4, norm + 3, 1);
                            default -> throw new AssertionError(name);
                        });
            }
        });
        return values;
    }

    private static Tensor wave(Tensor like, double scale, double phase, double shift) {
        float[] values = new float[Math.toIntExact(like.numel())];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (shift + scale * Math.sin(0.37 * i + phase));
        }
        return Device.CPU.of(values, Tensors.shape(like));
    }

    private static VisionTransformer vit(int patch, Tensor map) {
        int width = Math.toIntExact(map.size(1));
        VitSpec spec = new VitSpec(
                Math.toIntExact(map.size(2)) * patch,
                Math.toIntExact(map.size(3)) * patch,
                patch,
                width,
                1,
                2,
                width,
                0,
                0,
                VitOptions.PLAIN);
        NetworkLayout layout = VitLayout.of(spec);
        Map<String, Tensor> weights = RandomWeights.draw(layout.shapes(), layout.tunableParameters(), 1);
        return new VisionTransformer("small", spec, weights, null);
    }

    /** The paper's head without auxiliary ones: 4 × (3 × 3 convolution and batch normalisation) and the last layer. */
    @Test
    void setrPupAtViTLAnd150ClassesHasItsFourMillionParameters() {
        try (Backbone vit = SmallTuning.vit("vit_large_patch16_224");
                Tuning tuning = new Tuning(vit, new MaskHead(Decoder.SETR_PUP), 150, 0)) {
            long filters = 9L * 256 * (1024 + 3 * 256);
            assertThat(tuning.count(Trainable.Role.HEAD)).isEqualTo(filters + 4 * 2 * 256 + 257 * 150);
        }
    }

    /** A pass with a mask head reads every patch after the final norm; the class token of an average-free ViT agrees. */
    @Test
    void mapsAreTheNormedPatchesOfThePass() {
        try (PointerScope scope = new PointerScope();
                NoGradGuard guard = new NoGradGuard();
                Backbone vit = Golden.vit();
                Tuning tuning = new Tuning(vit, new MaskHead(Decoder.LINEAR), 2, 0)) {
            Tensor images = SmallTuning.images();
            Tensor map = tuning.run(images, 0, vit.steps(), Dropout.NONE, 0);
            Pass all = Pass.evaluation(tuning.hooks());
            Tensor left = vit.run(images, 0, vit.steps() - 1, all);
            Tensor normed = torch.layer_norm(
                    left,
                    new long[] {vit.embedDim()},
                    Tensors.optional(vit.parameters().get("norm.weight")),
                    Tensors.optional(vit.parameters().get("norm.bias")),
                    ((VitSpec) vit.spec()).eps(),
                    true);

            assertThat(Tensors.shapeOf(map)).containsExactly(5L, (long) vit.embedDim(), 3L, 4L);
            for (int row = 0; row < 3; row++) {
                for (int column = 0; column < 4; column++) {
                    Golden.assertClose(
                            "patch",
                            map.select(3, column).select(2, row),
                            normed.select(1, 1 + 4 * row + column),
                            TOLERANCE);
                }
            }
            Golden.assertClose("class token", normed.select(1, 0), vit.features(images, Pass.BARE), TOLERANCE);
        }
    }
}
