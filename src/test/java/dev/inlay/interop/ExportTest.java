package dev.inlay.interop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.BackboneFamily;
import dev.inlay.backbone.BackboneSpec;
import dev.inlay.backbone.Classifier;
import dev.inlay.backbone.Dropout;
import dev.inlay.backbone.Pass;
import dev.inlay.backbone.SpecJson;
import dev.inlay.backbone.TinyBackbones;
import dev.inlay.data.image.ExifOrientation;
import dev.inlay.data.transform.ImageTransform;
import dev.inlay.data.transform.Interpolation;
import dev.inlay.data.transform.Normalization;
import dev.inlay.data.transform.Resize;
import dev.inlay.error.ConfigException;
import dev.inlay.error.DataException;
import dev.inlay.golden.Golden;
import dev.inlay.inputs.Backbones;
import dev.inlay.random.Key;
import dev.inlay.task.BackboneInfo;
import dev.inlay.task.Task;
import dev.inlay.task.TaskFile;
import dev.inlay.task.TaskInfo;
import dev.inlay.tensor.Tensors;
import dev.inlay.tuning.Tuning;
import dev.inlay.tuning.TuningSpec;
import dev.inlay.tuning.method.Bias;
import dev.inlay.tuning.method.ClassToken;
import dev.inlay.tuning.method.Dora;
import dev.inlay.tuning.method.FullFineTuning;
import dev.inlay.tuning.method.HeadOnly;
import dev.inlay.tuning.method.Lora;
import dev.inlay.tuning.method.Partial;
import dev.inlay.tuning.method.Prompt;
import dev.inlay.tuning.method.Ssf;
import dev.inlay.tuning.method.Sum;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What is exported, read again: by Inlay as a checkpoint of timm or transformers, and as an adapter. */
class ExportTest {
    private static final List<String> NAMES = List.of("ash", "Bärlauch", "a \"quoted\" fern");
    private static final List<Integer> ALL = List.of();

    @TempDir
    private Path folder;

    private static Backbone backbone(String family) {
        BackboneSpec spec = SpecJson.parse(TinyBackbones.SPECS.get(family), family);
        return BackboneFamily.of(spec).random("custom", spec, 3);
    }

    /** The task of a spec whose trainables all are away from where they start. */
    private Path task(Backbone backbone, TuningSpec spec, Optional<ImageTransform> transform) {
        Path file = folder.resolve("task.safetensors");
        try (PointerScope scope = new PointerScope();
                NoGradGuard guard = new NoGradGuard();
                Tuning tuning = new Tuning(backbone, spec, NAMES.size(), 7)) {
            tuning.trainables().forEach((name, trainable) -> {
                Tensor tensor = trainable.tensor();
                tensor.add_(
                        Tensors.of(normal(Key.of(5, name), Math.toIntExact(tensor.numel())), Tensors.shape(tensor)));
            });
            tuning.stepped();
            TaskInfo info =
                    new TaskInfo(spec, BackboneInfo.of(backbone), NAMES, transform, new TreeMap<>(), new TreeMap<>());
            TaskFile.write(file, info, tuning);
        }
        return file;
    }

    private static float[] normal(Key key, int count) {
        SplittableRandom random = key.stream();
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) (0.1 * random.nextGaussian());
        }
        return values;
    }

    static Stream<TuningSpec> adapters() {
        return Stream.of(
                new Lora(3, 5, 0.1, List.of("attn.q", "attn.v"), ALL),
                new Lora(2, 2, 0, List.of(), ALL),
                new Lora(2, 2, 0, List.of("attn.k"), List.of(1)),
                new Dora(3, 5, 0.1, List.of("attn.q", "mlp.fc1"), ALL),
                new Sum(List.of(
                        new Lora(2, 4, 0, List.of("attn.q"), ALL),
                        new Lora(3, 6, 0, List.of("attn.v"), List.of(0)),
                        new Lora(4, 1, 0, List.of("mlp.fc2"), ALL))));
    }

    @ParameterizedTest
    @MethodSource("adapters")
    void anAdapterComesBackToTheByte(TuningSpec spec) {
        try (Backbone vit = backbone("vit")) {
            Path task = task(vit, spec, Optional.of(transform(224)));
            for (PeftExport.Names names : PeftExport.Names.values()) {
                Path out = folder.resolve(names.name());
                try (Task read = TaskFile.read(task)) {
                    PeftExport.write(read, vit, names, out);
                }
                Path again = folder.resolve(names + ".safetensors");
                PeftFolders.write(out, vit, again);
                assertThat(new TreeMap<>(PeftFolders.trainables(again)))
                        .as(names.name())
                        .isEqualTo(new TreeMap<>(PeftFolders.trainables(task)));
                try (Task back = TaskFile.read(again)) {
                    assertThat(back.info().classNames()).isEqualTo(NAMES);
                    assertThat(back.info().transform()).contains(transform(224));
                }
                assertSameLogits(task, again, vit);
            }
        }
    }

    @Test
    void anAdapterOfSwinComesBackToTheByte() {
        try (Backbone swin = backbone("swin")) {
            Path task = task(swin, new Lora(2, 3, 0, List.of(), ALL), Optional.empty());
            try (Task read = TaskFile.read(task)) {
                PeftExport.write(read, swin, PeftExport.Names.TIMM, folder.resolve("out"));
                assertThatThrownBy(() ->
                                PeftExport.write(read, swin, PeftExport.Names.TRANSFORMERS, folder.resolve("other")))
                        .isInstanceOf(ConfigException.class)
                        .hasMessageContaining("custom is no ViTForImageClassification");
            }
            PeftFolders.write(folder.resolve("out"), swin, folder.resolve("again.safetensors"));
            assertThat(new TreeMap<>(PeftFolders.trainables(folder.resolve("again.safetensors"))))
                    .isEqualTo(new TreeMap<>(PeftFolders.trainables(task)));
        }
        assertThat(PeftJson.read(folder.resolve("out/adapter_config.json")).get("modules_to_save"))
                .hasToString("[\"head.fc\"]");
    }

    @Test
    void anAdapterOfConvNeXtIsOfItsLinearLayers() {
        try (Backbone convnext = backbone("convnext")) {
            Path layers = task(convnext, new Lora(2, 3, 0, List.of("mlp.fc1"), ALL), Optional.empty());
            try (Task read = TaskFile.read(layers)) {
                PeftExport.write(read, convnext, PeftExport.Names.TIMM, folder.resolve("out"));
            }
            PeftFolders.write(folder.resolve("out"), convnext, folder.resolve("again.safetensors"));
            assertThat(new TreeMap<>(PeftFolders.trainables(folder.resolve("again.safetensors"))))
                    .isEqualTo(new TreeMap<>(PeftFolders.trainables(layers)));
            Path everywhere = task(convnext, new Lora(2, 3, 0, List.of(), ALL), Optional.empty());
            try (Task read = TaskFile.read(everywhere)) {
                assertThatThrownBy(
                                () -> PeftExport.write(read, convnext, PeftExport.Names.TIMM, folder.resolve("conv")))
                        .isInstanceOf(ConfigException.class)
                        .hasMessageContaining("the modules beside stages.1.downsample.1 cannot be written for PEFT");
            }
        }
    }

    private static void assertSameLogits(Path task, Path other, Backbone backbone) {
        try (PointerScope scope = new PointerScope();
                NoGradGuard guard = new NoGradGuard();
                Task first = TaskFile.read(task);
                Task second = TaskFile.read(other);
                Tuning one = first.attach(backbone);
                Tuning two = second.attach(backbone)) {
            Tensor images = torch.randn(2, 3, 32, 32);
            Tensor expected = one.head(one.features(images, Dropout.NONE, 0));
            Tensor found = two.head(two.features(images, Dropout.NONE, 0));
            assertThat(found.sub(expected).abs().max().item_double()).isLessThan(1e-6);
        }
    }

    static Stream<TuningSpec> mergeable() {
        return Stream.of(
                new HeadOnly(),
                new Lora(3, 5, 0.1, List.of("attn.q", "attn.v"), ALL),
                new Dora(2, 2, 0, List.of(), ALL),
                new Ssf(Ssf.Init.RANDOM, List.of(), ALL),
                new Bias(),
                new Partial(1),
                new FullFineTuning(),
                new ClassToken(false));
    }

    @ParameterizedTest
    @MethodSource("mergeable")
    void wholeModelsAreReadAgain(TuningSpec spec) {
        try (Backbone vit = backbone("vit")) {
            Path task = task(vit, spec, Optional.empty());
            try (Task read = TaskFile.read(task)) {
                TimmExport.write(read, vit, folder.resolve("timm"));
                TransformersExport.write(read, vit, folder.resolve("transformers"));
            }
            for (String library : List.of("timm", "transformers")) {
                try (Backbone whole = Backbones.load("custom", vit.spec(), folder.resolve(library))) {
                    assertComputes(whole, task, vit);
                }
            }
        }
    }

    static Stream<Arguments> mergeableElsewhere() {
        List<TuningSpec> specs = List.of(
                new HeadOnly(),
                new Lora(2, 3, 0, List.of(), ALL),
                new Dora(2, 2, 0, List.of(), ALL),
                new Bias(),
                new FullFineTuning());
        return Stream.of("swin", "convnext").flatMap(family -> specs.stream().map(spec -> Arguments.of(family, spec)));
    }

    @ParameterizedTest
    @MethodSource("mergeableElsewhere")
    void wholeModelsOfOtherFamiliesAreReadAgain(String family, TuningSpec spec) {
        try (Backbone backbone = fourStages(family)) {
            Path task = task(backbone, spec, Optional.empty());
            try (Task read = TaskFile.read(task)) {
                TimmExport.write(read, backbone, folder.resolve("timm"));
                TransformersExport.write(read, backbone, folder.resolve("transformers"));
            }
            for (String library : List.of("timm", "transformers")) {
                try (Backbone whole = Backbones.load("custom", backbone.spec(), folder.resolve(library))) {
                    assertComputes(whole, task, backbone);
                }
            }
        }
    }

    /** timm's ConvNeXts have four stages. */
    private static Backbone fourStages(String family) {
        return family.equals("convnext")
                ? custom(
                        """
                        {"family": "convnext", "height": 32, "width": 32, "patch": 4, "depths": [1, 1, 1, 1],
                         "dims": [4, 6, 8, 12]}
                        """)
                : backbone(family);
    }

    private static Backbone custom(String json) {
        BackboneSpec spec = SpecJson.parse(json, "a test's spec");
        return BackboneFamily.of(spec).random("custom", spec, 3);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    timm         | {"height":40,"width":56,"depths":[2,2,2],"heads":[1,2,2],"window":4} | window: 2 × 3 tokens in stage 2
                    timm         | {"height":32,"width":32,"depths":[2],"heads":[1],"window":4,"eps":1e-6} | eps: 1.0E-6, timm's Swin Transformers have 1.0E-5
                    transformers | {"height":32,"width":32,"depths":[2],"heads":[1],"window":4,"eps":1e-6} | eps: 1.0E-6, some norms
                    transformers | {"height":40,"width":40,"depths":[2],"heads":[1],"window":4} | window: 4 where stage 0 has 10 × 10 tokens
                    transformers | {"height":32,"width":32,"depths":[2,2],"heads":[1,2],"window":8} | window: 8 where stage 1 has 4 × 4 tokens
                    transformers | {"height":32,"width":16,"depths":[2],"heads":[1],"window":4} | window: 4 where stage 0 has 8 × 4 tokens
                    """)
    void aSwinThatALibraryWouldComputeOtherwiseIsRefused(String library, String sizes, String message) {
        String json = "{\"family\":\"swin\",\"patch\":4,\"dim\":8,\"ratio\":2," + sizes.substring(1);
        assertRefused(library, json, message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    timm         | {"patch":4,"depths":[1,1],"dims":[4,6]} | depths: [1,1], timm's ConvNeXts have 4 stages
                    timm         | {"patch":2,"depths":[1,1,1,1],"dims":[4,4,4,4]} | patch: 2, timm halves
                    transformers | {"patch":4,"depths":[1,1],"dims":[4,6],"eps":1e-5} | eps: 1.0E-5, the norms of
                    """)
    void aConvNeXtThatALibraryWouldComputeOtherwiseIsRefused(String library, String sizes, String message) {
        String json = "{\"family\":\"convnext\",\"height\":32,\"width\":32," + sizes.substring(1);
        assertRefused(library, json, message);
    }

    private void assertRefused(String library, String json, String message) {
        Path out = folder.resolve("out");
        try (Backbone backbone = custom(json)) {
            Path task = task(backbone, new HeadOnly(), Optional.empty());
            try (Task read = TaskFile.read(task)) {
                assertThatThrownBy(() -> {
                            if (library.equals("timm")) {
                                TimmExport.write(read, backbone, out);
                            } else {
                                TransformersExport.write(read, backbone, out);
                            }
                        })
                        .isInstanceOf(ConfigException.class)
                        .hasMessageContaining(message);
            }
        }
        assertThat(out).doesNotExist();
    }

    /** timm's ConvNeXts are not told the size of the images. */
    @Test
    void aPublishedConvNeXtForOtherImagesNeedsNoArguments() {
        BackboneSpec published = BackboneFamily.published().get("convnext_tiny");
        ObjectNode spec = SpecJson.write(published).put("height", 64).put("width", 96);
        try (Backbone convnext =
                BackboneFamily.of(published).random("convnext_tiny", SpecJson.parse(spec.toString(), "a spec"), 3)) {
            try (Task read = TaskFile.read(task(convnext, new HeadOnly(), Optional.empty()))) {
                TimmExport.write(read, convnext, folder.resolve("timm"));
            }
        }
        JsonNode config = PeftJson.read(folder.resolve("timm/config.json"));
        assertThat(config.get("architecture").asText()).isEqualTo("convnext_tiny");
        assertThat(config.has("model_args")).isFalse();
        assertThat(config.at("/pretrained_cfg/input_size")).hasToString("[3,64,96]");
    }

    /** The head of the exported weights on their features gives the task's logits. */
    private static void assertComputes(Backbone whole, Path task, Backbone backbone) {
        Classifier head = whole.checkpointHead().orElseThrow();
        try (PointerScope scope = new PointerScope();
                NoGradGuard guard = new NoGradGuard();
                Task read = TaskFile.read(task);
                Tuning tuning = read.attach(backbone)) {
            Tensor images = torch.randn(2, 3, 32, 32);
            Tensor expected = tuning.head(tuning.features(images, Dropout.NONE, 0));
            Tensor found = torch.linear(
                    whole.features(images, Pass.BARE),
                    Tensors.of(head.weight(), head.classes(), whole.embedDim()),
                    Tensors.of(head.bias(), head.classes()));
            assertThat(found.sub(expected).abs().max().item_double()).isLessThan(1e-4);
        }
    }

    /** Weights that peft merged with timm, and the same made here. */
    @ParameterizedTest
    @CsvSource({"timm_adapter", "timm_adapter_patterns"})
    void mergesAsPeftDoes(String adapter) {
        Path task = folder.resolve("task.safetensors");
        try (Backbone vit = PeftFolders.backbone(adapter)) {
            PeftFolders.write(PeftFolders.ROOT.resolve(adapter), vit, task);
            try (Task read = TaskFile.read(task)) {
                TimmExport.write(read, vit, folder.resolve("timm"));
            }
        }
        Map<String, List<Float>> merged = PeftFolders.elements(folder.resolve("timm/model.safetensors"));
        Map<String, List<Float>> expected =
                PeftFolders.elements(PeftFolders.ROOT.resolve(adapter + ".merged_weights.safetensors"));
        assertThat(merged.keySet()).isEqualTo(expected.keySet());
        expected.forEach((name, values) -> {
            for (int i = 0; i < values.size(); i++) {
                assertThat(merged.get(name).get(i)).as(name).isCloseTo(values.get(i), Offset.offset(1e-5f));
            }
        });
    }

    @Test
    void adaptersOfTransformersMergeIntoItsModel() {
        Path task = folder.resolve("task.safetensors");
        try (Backbone vit = PeftFolders.backbone("hf_adapter")) {
            PeftFolders.write(PeftFolders.ROOT.resolve("hf_adapter"), vit, task);
            try (Task read = TaskFile.read(task)) {
                TransformersExport.write(read, vit, folder.resolve("out"));
                assertThatThrownBy(() -> TimmExport.write(read, vit, folder.resolve("timm")))
                        .isInstanceOf(ConfigException.class)
                        .hasMessageContaining("eps: 1.0E-12, timm's ViTs have 1.0E-6");
            }
            try (PointerScope scope = new PointerScope();
                    Backbone whole = Backbones.load("custom", vit.spec(), folder.resolve("out"))) {
                Classifier head = whole.checkpointHead().orElseThrow();
                Map<String, Tensor> golden = Golden.tensors("peft_lora/expected.safetensors");
                Tensor logits = torch.linear(
                        whole.features(golden.get("images"), Pass.BARE),
                        Tensors.of(head.weight(), head.classes(), whole.embedDim()),
                        Tensors.of(head.bias(), head.classes()));
                Golden.assertClose(
                        "merged",
                        logits,
                        golden.get("hf.merged.logits"),
                        Golden.json("peft_lora/meta.json").get("tolerance"));
                golden.values().forEach(Tensors::release);
            }
        }
        JsonNode config = PeftJson.read(folder.resolve("out/config.json"));
        JsonNode theirs = Golden.json("peft_lora/hf_vit/config.json");
        for (String key : List.of(
                "architectures",
                "hidden_act",
                "hidden_size",
                "image_size",
                "intermediate_size",
                "layer_norm_eps",
                "model_type",
                "num_attention_heads",
                "num_channels",
                "num_hidden_layers",
                "patch_size",
                "qkv_bias")) {
            assertThat(config.get(key)).as(key).isEqualTo(theirs.get(key));
        }
        assertThat(PeftFolders.elements(folder.resolve("out/model.safetensors")).keySet())
                .isEqualTo(PeftFolders.elements(PeftFolders.ROOT.resolve("hf_vit/model.safetensors"))
                        .keySet());
    }

    private static ImageTransform transform(int before) {
        return before == 224
                ? ImageTransform.direct(32, 32, Normalization.IMAGENET, ExifOrientation.APPLY)
                : new ImageTransform(
                        new Resize.ShortSide(before, Interpolation.BILINEAR),
                        32,
                        32,
                        Normalization.INCEPTION,
                        ExifOrientation.APPLY);
    }

    @Test
    void configOfTimmSaysHowToMakeAndFeedTheModel() {
        try (Backbone vit = backbone("vit")) {
            try (Task read = TaskFile.read(task(vit, new HeadOnly(), Optional.of(transform(37))))) {
                assertThat(TimmExport.write(read, vit, folder.resolve("timm"))).isEmpty();
            }
        }
        assertThat(PeftJson.read(folder.resolve("timm/config.json")))
                .hasToString("{\"architecture\":\"vit_base_patch16_224\",\"num_classes\":3,\"num_features\":24,"
                        + "\"pretrained_cfg\":{\"custom_load\":false,\"input_size\":[3,32,32],\"num_classes\":3,"
                        + "\"classifier\":\"head\",\"mean\":[0.5,0.5,0.5],\"std\":[0.5,0.5,0.5],"
                        + "\"interpolation\":\"bilinear\",\"crop_mode\":\"center\",\"crop_pct\":0.8648648648648649},"
                        + "\"label_names\":[\"ash\",\"Bärlauch\",\"a \\\"quoted\\\" fern\"],"
                        + "\"model_args\":{\"img_size\":[32,32],\"patch_size\":8,\"embed_dim\":24,\"depth\":2,"
                        + "\"num_heads\":2,\"mlp_ratio\":1.3333333333333333}}");
        assertThat(Math.floor(32 / 0.8648648648648649)).isEqualTo(37);
        assertThat((int) (24 * 1.3333333333333333)).isEqualTo(32);
    }

    @Test
    void everyResizeAndWidthSurvivesRounding() {
        for (int before = 32; before < 1000; before++) {
            assertThat(Math.floor(32 / TimmExport.share(32, before))).isEqualTo(before);
            assertThat((int) (192 * TimmExport.ratio(before, 192))).isEqualTo(before);
        }
    }

    @Test
    void aPublishedBackboneKeepsItsName() {
        BackboneSpec spec = BackboneFamily.published().get("vit_tiny_patch16_224");
        try (Backbone vit = BackboneFamily.of(spec).random("vit_tiny_patch16_224", spec, 1)) {
            try (Task read = TaskFile.read(task(vit, new HeadOnly(), Optional.empty()))) {
                TimmExport.write(read, vit, folder.resolve("timm"));
            }
        }
        JsonNode config = PeftJson.read(folder.resolve("timm/config.json"));
        assertThat(config.get("architecture").asText()).isEqualTo("vit_tiny_patch16_224");
        assertThat(config.has("model_args")).isFalse();
    }

    @Test
    void aDinov3IsAModelOfTimmAlone() {
        String name = "vit_tiny_patch16_dinov3_qkvb";
        BackboneSpec spec = BackboneFamily.published().get(name);
        try (Backbone large = BackboneFamily.of(spec).random(name, spec, 1);
                Backbone vit = large.forImages(32, 32).orElseThrow()) {
            Path task = task(vit, new Lora(2, 3, 0, List.of("attn.q", "mlp.fc1"), ALL), Optional.empty());
            try (Task read = TaskFile.read(task)) {
                TimmExport.write(read, vit, folder.resolve("timm"));
                assertThatThrownBy(() -> TransformersExport.write(read, vit, folder.resolve("transformers")))
                        .isInstanceOf(ConfigException.class)
                        .hasMessageContaining("qkvBias: \"query_value\"")
                        .hasMessageContaining("rope: true");
                assertThatThrownBy(() -> PeftExport.write(read, vit, PeftExport.Names.TIMM, folder.resolve("peft")))
                        .isInstanceOf(ConfigException.class)
                        .hasMessageContaining(
                                "beside blocks.0.attn.qkv would do nothing: timm adds blocks.0.attn.q_bias"
                                        + " and blocks.0.attn.v_bias");
            }
            assertThat(PeftJson.read(folder.resolve("timm/config.json"))
                            .get("model_args")
                            .toString())
                    .isEqualTo("{\"img_size\":[32,32]}");
            try (Backbone whole = Backbones.load(name, vit.spec(), folder.resolve("timm"))) {
                assertComputes(whole, task, vit);
            }
            Path others = task(vit, new Lora(2, 3, 0, List.of("attn.proj", "mlp.fc2"), ALL), Optional.empty());
            try (Task read = TaskFile.read(others)) {
                PeftExport.write(read, vit, PeftExport.Names.TIMM, folder.resolve("peft"));
            }
            assertThat(PeftFolders.elements(folder.resolve("peft/adapter_model.safetensors"))
                            .keySet())
                    .contains("base_model.model.blocks.0.attn.proj.lora_A.weight[2, 192]");
        }
        assertThat(folder.resolve("transformers")).doesNotExist();
    }

    @Test
    void configsOfTransformersNameClassesAndTransform() {
        try (Backbone vit = backbone("vit")) {
            try (Task read = TaskFile.read(task(vit, new HeadOnly(), Optional.of(transform(37))))) {
                TransformersExport.write(read, vit, folder.resolve("cropped"));
            }
            try (Task read = TaskFile.read(task(vit, new HeadOnly(), Optional.of(transform(224))))) {
                TransformersExport.write(read, vit, folder.resolve("direct"));
            }
        }
        JsonNode config = PeftJson.read(folder.resolve("direct/config.json"));
        assertThat(config.get("id2label"))
                .hasToString("{\"0\":\"ash\",\"1\":\"Bärlauch\",\"2\":\"a \\\"quoted\\\" fern\"}");
        assertThat(config.get("label2id").get("Bärlauch").asInt()).isEqualTo(1);
        assertThat(PeftJson.read(folder.resolve("direct/preprocessor_config.json")))
                .hasToString("{\"image_processor_type\":\"ViTImageProcessor\",\"do_resize\":true,"
                        + "\"size\":{\"height\":32,\"width\":32},\"resample\":3,\"do_convert_rgb\":true,"
                        + "\"do_rescale\":true,\"rescale_factor\":0.00392156862745098,\"do_normalize\":true,"
                        + "\"image_mean\":[0.485,0.456,0.406],\"image_std\":[0.229,0.224,0.225]}");
        assertThat(PeftJson.read(folder.resolve("cropped/preprocessor_config.json")))
                .hasToString("{\"image_processor_type\":\"CLIPImageProcessor\",\"do_resize\":true,"
                        + "\"size\":{\"shortest_edge\":37},\"resample\":2,\"do_center_crop\":true,"
                        + "\"crop_size\":{\"height\":32,\"width\":32},\"do_convert_rgb\":true,"
                        + "\"do_rescale\":true,\"rescale_factor\":0.00392156862745098,\"do_normalize\":true,"
                        + "\"image_mean\":[0.5,0.5,0.5],\"image_std\":[0.5,0.5,0.5]}");
    }

    @Test
    void whatPeftCannotExpressIsRefusedByName() {
        try (Backbone vit = backbone("vit")) {
            assertRefused(
                    vit,
                    new Sum(List.of(
                            new Lora(2, 2, 0, List.of("attn.q"), ALL),
                            new Prompt(Prompt.Depth.DEEP, 2, 0, 0, false, ALL, Prompt.Pool.CLASS_TOKEN),
                            new Bias())),
                    "cannot express the methods bias, prompt; use --to timm");
            assertRefused(vit, new HeadOnly(), "the task tunes its head alone");
            assertRefused(
                    vit,
                    new Sum(List.of(
                            new Lora(2, 2, 0, List.of("attn.q"), ALL), new Dora(2, 2, 0, List.of("attn.v"), ALL))),
                    "LoRA or DoRA as a whole");
            assertRefused(
                    vit,
                    new Sum(List.of(
                            new Lora(2, 2, 0, List.of("attn.q"), ALL), new Lora(2, 6, 0, List.of("attn.v"), ALL))),
                    "blocks.0.attn.qkv: query, key and value have different alpha / rank");
        }
        assertThat(folder.resolve("out")).doesNotExist();
    }

    private void assertRefused(Backbone vit, TuningSpec spec, String message) {
        try (Task read = TaskFile.read(task(vit, spec, Optional.empty()))) {
            assertThatThrownBy(() -> PeftExport.write(read, vit, PeftExport.Names.TIMM, folder.resolve("out")))
                    .isInstanceOf(ConfigException.class)
                    .hasMessageContaining(message);
        }
    }

    @Test
    void aFolderThatHoldsAnythingIsLeftAlone() throws IOException {
        Path out = Files.createDirectory(folder.resolve("out"));
        Files.writeString(out.resolve("mine.txt"), "mine");
        try (Backbone vit = backbone("vit");
                Task read = TaskFile.read(task(vit, new Lora(2, 2, 0, List.of(), ALL), Optional.empty()))) {
            assertThatThrownBy(() -> PeftExport.write(read, vit, PeftExport.Names.TIMM, out))
                    .isInstanceOf(ConfigException.class)
                    .hasMessageContaining("expected a folder that is empty or not there");
            assertThatThrownBy(() -> TimmExport.write(read, vit, out)).isInstanceOf(ConfigException.class);
            assertThatThrownBy(() -> TransformersExport.write(read, vit, out)).isInstanceOf(ConfigException.class);
        }
        try (Stream<Path> inside = Files.list(folder)) {
            assertThat(inside.map(path -> path.getFileName().toString()))
                    .containsExactlyInAnyOrder("out", "task.safetensors");
        }
        assertThat(out).isDirectoryContaining(path -> path.endsWith("mine.txt"));
    }

    @Test
    void aTaskOfAnotherBackboneIsRefused() {
        try (Backbone vit = backbone("vit");
                Backbone other = BackboneFamily.of(vit.spec()).random("custom", vit.spec(), 4);
                Task read = TaskFile.read(task(vit, new Lora(2, 2, 0, List.of(), ALL), Optional.empty()))) {
            for (Runnable export : List.<Runnable>of(
                    () -> PeftExport.write(read, other, PeftExport.Names.TIMM, folder.resolve("out")),
                    () -> TimmExport.write(read, other, folder.resolve("out")),
                    () -> TransformersExport.write(read, other, folder.resolve("out")))) {
                assertThatThrownBy(export::run)
                        .isInstanceOf(DataException.class)
                        .hasMessageContaining("fingerprint");
            }
        }
    }
}
