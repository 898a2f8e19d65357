package dev.inlay.interop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.Dropout;
import dev.inlay.data.LabelSpace;
import dev.inlay.data.image.ExifOrientation;
import dev.inlay.data.transform.ImageTransform;
import dev.inlay.data.transform.Normalization;
import dev.inlay.error.ConfigException;
import dev.inlay.onnx.OnnxRuntime;
import dev.inlay.random.Key;
import dev.inlay.task.BackboneInfo;
import dev.inlay.task.Task;
import dev.inlay.task.TaskFile;
import dev.inlay.task.TaskInfo;
import dev.inlay.tensor.Tensors;
import dev.inlay.tuning.Initial;
import dev.inlay.tuning.Tuning;
import dev.inlay.tuning.TuningSpec;
import dev.inlay.tuning.method.HeadOnly;
import dev.inlay.tuning.method.MaskHead;
import dev.inlay.tuning.method.Sum;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every method on every network of {@link InteropCases}: computed by ONNX Runtime, or refused. */
@DisabledOnOs(value = OS.MAC, architectures = "x86_64") // ONNX Runtime has no natives there
class OnnxExportTest {
    private static final List<String> NAMES = List.of("ash", "Bärlauch", "a \"quoted\" fern");

    /** What no weights can hold: tokens, a border of the image, modules that are not linear. */
    private static final Set<String> REFUSED = Set.of(
            "adapterPlus",
            "convpass",
            "deep",
            "deepBoth",
            "deepPatches",
            "deepPrompts",
            "deepShared",
            "houlsby",
            "mlpHead",
            "pad",
            "padGaussian",
            "parallel",
            "pfeiffer",
            "shallow",
            "shallowPatches",
            "shallowProjected",
            "shallowPrompts",
            "sptAdapter",
            "sptSeedAdapter",
            "sptWidths",
            "sum");

    /** Networks with a step that has no bias, which shifts everywhere would need. */
    private static final Set<String> WITHOUT_BIAS = Set.of("clip", "dinov3", "swin", "swinEven");

    @TempDir
    private Path folder;

    static Stream<Arguments> networks() {
        return InteropCases.all().stream()
                .flatMap(cases -> cases.backbones().keySet().stream().map(name -> Arguments.of(name, cases)));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("networks")
    void onnxRuntimeGivesTheLogitsOfEveryMethodThatMerges(String network, InteropCases cases) {
        Set<String> refused = new TreeSet<>();
        try (Backbone backbone = cases.backbone(network)) {
            cases.specs().forEach((name, spec) -> {
                if (!computes(backbone, InteropCases.withoutPrompts(spec), folder.resolve(name))) {
                    refused.add(name);
                    assertThat(folder.resolve(name)).doesNotExist();
                }
            });
        }
        Set<String> expected = new TreeSet<>(cases.specs().keySet());
        expected.removeIf(name -> !REFUSED.contains(name) && !(name.equals("ssf") && WITHOUT_BIAS.contains(network)));
        assertThat(refused).isEqualTo(expected);
    }

    /** Exports a task; whether that was possible. */
    private boolean computes(Backbone backbone, TuningSpec spec, Path out) {
        try (PointerScope scope = new PointerScope();
                NoGradGuard guard = new NoGradGuard();
                Tuning tuning = new Tuning(backbone, spec, NAMES.size(), 7)) {
            tuning.trainables().forEach((name, trainable) -> {
                Tensor tensor = trainable.tensor();
                float[] noise = Initial.uniform(Key.of(5, name), tensor.numel(), 0.2);
                tensor.add_(Tensors.of(noise, Tensors.shape(tensor)));
            });
            tuning.stepped();
            ImageTransform transform = ImageTransform.direct(
                    backbone.height(), backbone.width(), Normalization.IMAGENET, ExifOrientation.APPLY);
            try (Task task = written(tuning, spec, Optional.of(transform))) {
                assertThat(OnnxExport.write(task, backbone, out)).isEmpty();
            } catch (ConfigException e) {
                assertThat(e).hasMessageContaining("cannot be merged").hasMessageContaining("with python/inlay");
                return false;
            }
            Tensor images = torch.randn(2, 3, backbone.height(), backbone.width());
            Tensor expected = tuning.head(tuning.features(images, Dropout.NONE, 0));
            Path model = out.resolve("model.onnx");
            Tensor found = OnnxRuntime.logits(model, images);
            assertThat(found.sub(expected).abs().max().item_double()).isLessThan(1e-4);
            assertThat(OnnxRuntime.metadata(model))
                    .containsEntry("label_names", "[\"ash\",\"Bärlauch\",\"a \\\"quoted\\\" fern\"]")
                    .containsEntry("input_size", "[3," + backbone.height() + "," + backbone.width() + "]")
                    .containsEntry("mean", "[0.485,0.456,0.406]")
                    .containsKeys("std", "transform");
            return true;
        }
    }

    private Task written(Tuning tuning, TuningSpec spec, Optional<ImageTransform> transform) {
        Path file = folder.resolve("task.safetensors");
        BackboneInfo backbone = BackboneInfo.of(tuning.backbone());
        TaskFile.write(file, new TaskInfo(spec, backbone, NAMES, transform, new TreeMap<>(), new TreeMap<>()), tuning);
        return TaskFile.read(file);
    }

    static Stream<Arguments> masks() {
        return networks().flatMap(network -> Stream.of(MaskHead.Decoder.values())
                .map(decoder -> Arguments.of(network.get()[0], network.get()[1], decoder)));
    }

    @ParameterizedTest(name = "{0}, {2}")
    @MethodSource("masks")
    void onnxRuntimeGivesTheLogitsOfEveryPixel(String network, InteropCases cases, MaskHead.Decoder decoder) {
        TuningSpec spec = new Sum(List.of(new HeadOnly(), new MaskHead(decoder)));
        try (PointerScope scope = new PointerScope();
                NoGradGuard guard = new NoGradGuard();
                Backbone backbone = cases.backbone(network);
                Tuning tuning = new Tuning(backbone, spec, NAMES.size(), 7)) {
            tuning.trainables().forEach((name, trainable) -> {
                Tensor tensor = trainable.tensor();
                tensor.add_(Tensors.of(
                        Initial.uniform(Key.of(5, name), tensor.numel(), name.contains("conv") ? 0.02 : 0.2),
                        Tensors.shape(tensor)));
            });
            ImageTransform transform = ImageTransform.direct(
                    backbone.height(), backbone.width(), Normalization.IMAGENET, ExifOrientation.APPLY);
            Path file = folder.resolve("masks.safetensors");
            TaskFile.write(
                    file,
                    new TaskInfo(
                            spec,
                            BackboneInfo.of(backbone),
                            new LabelSpace.PixelClasses(NAMES),
                            Optional.of(transform),
                            new TreeMap<>(),
                            new TreeMap<>(),
                            1),
                    tuning);
            Path out = folder.resolve("out");
            try (Task task = TaskFile.read(file)) {
                assertThat(OnnxExport.write(task, backbone, out)).isEmpty();
                Path none = folder.resolve("none");
                assertThatThrownBy(() -> TimmExport.write(task, backbone, none)).hasMessageContaining("--to onnx");
                assertThatThrownBy(() -> TransformersExport.write(task, backbone, none))
                        .hasMessageContaining("--to onnx");
                assertThatThrownBy(() -> PeftExport.write(task, backbone, PeftExport.Names.TIMM, none))
                        .isInstanceOf(ConfigException.class)
                        .hasMessageContaining("gives every pixel a class")
                        .hasMessageContaining("--to onnx");
                assertThat(none).doesNotExist();
            }
            Tensor images = torch.randn(2, 3, backbone.height(), backbone.width());
            Tensor expected = tuning.head(tuning.features(images, Dropout.NONE, 0));
            Tensor found = OnnxRuntime.logits(out.resolve("model.onnx"), images);
            assertThat(Tensors.shapeOf(found)).isEqualTo(Tensors.shapeOf(expected));
            double largest = Math.max(1, expected.abs().max().item_double());
            assertThat(found.sub(expected).abs().max().item_double()).isLessThan(1e-4 * largest);
            assertThat(OnnxRuntime.metadata(out.resolve("model.onnx"))).containsEntry("labels", "masks");
        }
    }

    @Test
    void aTaskWithoutATransformIsNoted() {
        InteropCases cases = InteropCases.all().get(0);
        try (Backbone backbone = cases.backbone("plain");
                Tuning tuning = new Tuning(backbone, new HeadOnly(), NAMES.size(), 7);
                Task task = written(tuning, new HeadOnly(), Optional.empty())) {
            Path out = folder.resolve("out");
            assertThat(OnnxExport.write(task, backbone, out))
                    .containsExactly("the task knows no transform for images, so model.onnx has neither mean nor std");
            assertThat(OnnxRuntime.metadata(out.resolve("model.onnx"))).containsOnlyKeys("label_names", "input_size");
            assertThatThrownBy(() -> OnnxExport.write(task, backbone, out))
                    .isInstanceOf(ConfigException.class)
                    .hasMessageContaining("found files in it");
        }
    }
}
