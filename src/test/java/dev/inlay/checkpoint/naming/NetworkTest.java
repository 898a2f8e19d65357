package dev.inlay.checkpoint.naming;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.inlay.checkpoint.Checkpoint;
import dev.inlay.checkpoint.Container;
import dev.inlay.error.DataException;
import dev.inlay.tensor.Tensors;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Networks below whatever words training programs put before their names, and beside other things. */
class NetworkTest {
    private static final List<String> WRAPPERS = List.of(
            "",
            "state_dict",
            "model_state_dict",
            "module",
            "net",
            "weights",
            "model",
            "model_ema",
            "state_dict_ema",
            "teacher",
            "ema",
            "checkpoint.model",
            "some.thing.of.mine");

    private static final List<String> PREFIXES = List.of(
            "",
            "module.",
            "_orig_mod.",
            "module._orig_mod.",
            "_orig_mod.module.",
            "model.",
            "net.",
            "backbone.",
            "encoder.",
            "teacher.backbone.",
            "student.",
            "model_ema.backbone.",
            "visual.trunk.",
            "visual.",
            "model.vit_encoder.net.");

    private static final Map<String, List<Long>> VIT =
            shapes("cls_token", "patch_embed.proj.weight", "blocks.0.norm1.bias", "head.weight");

    @TempDir
    Path folder;

    static Stream<Arguments> everyWrapperAndPrefixInEveryContainer() {
        return Arrays.stream(Container.values()).flatMap(container -> WRAPPERS.stream()
                .flatMap(wrapper -> PREFIXES.stream().map(prefix -> Arguments.of(container, wrapper, prefix))));
    }

    @ParameterizedTest(name = "{0}, {1}, {2}")
    @MethodSource
    void everyWrapperAndPrefixInEveryContainer(Container container, String wrapper, String prefix) throws IOException {
        Map<String, List<Long>> stored = new LinkedHashMap<>();
        VIT.forEach((name, shape) -> stored.put(prefix + name, shape));
        List<String> wrappers = wrapper.isEmpty() ? List.of() : List.of(wrapper.split("\\."));
        try (Checkpoint network = Network.in(Checkpoint.open(container.write(folder, wrappers, stored)))) {
            assertThat(network.infos().keySet()).containsExactlyElementsOf(order(container, VIT));
            Tensor last = network.read("head.weight");
            assertThat(Tensors.floats(last)).containsExactly(6, 7);
            Tensors.release(last);
            assertThat(network.notes())
                    .hasSize(
                            wrapper.isEmpty()
                                            && prefix.replace("_orig_mod.", "").isEmpty()
                                    ? 0
                                    : 1);
        }
    }

    /** Files of an index are read one after the other. */
    private static List<String> order(Container container, Map<String, List<Long>> shapes) {
        List<String> names = new ArrayList<>(shapes.keySet());
        return container == Container.SHARDED ? List.of(names.get(0), names.get(2), names.get(1), names.get(3)) : names;
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "model.student.backbone. | model.teacher.backbone. | model.teacher.backbone.",
                "model.student.backbone. | model.model_ema.backbone. | model.model_ema.backbone.",
                "teacher. | model_ema. | model_ema.",
                "model. | state_dict_ema. | state_dict_ema.",
                "student. | model. | model.",
                "momentum_encoder. | student. | student.",
                "state_dict.module.momentum_encoder. | state_dict.module.base_encoder. | state_dict.module.base_encoder.",
                "gram_teacher. | student. | student.",
                "optimizer.exp_avg. | model.module. | model.module.",
                "target_encoder. | encoder. | encoder.",
                "a.b. | c. | c.",
                "b. | a. | b."
            })
    void ofTwoNetworksOneIsTakenByTheRule(String first, String second, String taken) throws IOException {
        Map<String, List<Long>> stored = new LinkedHashMap<>();
        for (String prefix : List.of(first, second)) {
            VIT.forEach((name, shape) -> stored.put(prefix + name, shape));
        }
        Path file = Container.SAFETENSORS.write(folder, List.of(), stored);
        try (Checkpoint network = Network.in(Checkpoint.open(file))) {
            assertThat(network.infos()).containsOnlyKeys(VIT.keySet());
            assertThat(network.notes().get(0))
                    .isEqualTo("holds 2 networks, below '" + first + "', '" + second + "'; took that below '" + taken
                            + "'");
            assertThat(network.notes().get(1)).startsWith("left out 4 tensors beside it: ");
            Tensor token = network.read("cls_token");
            assertThat(Tensors.floats(token)).startsWith(taken.equals(first) ? 0 : 8);
            Tensors.release(token);
        }
    }

    @Test
    void whatIsBesideTheNetworkIsCounted() throws IOException {
        assertThat(notes(
                        "model.teacher.backbone.patch_embed.proj.weight",
                        "model.teacher.head.mlp.0.weight",
                        "model.teacher.head.mlp.0.bias",
                        "model.student.dino_head.weight",
                        "optimizer.state.0.exp_avg",
                        "epoch"))
                .containsExactly(
                        "took 'model.teacher.backbone.' off the names",
                        "left out 5 tensors beside it: model.teacher.head × 2, model.student, optimizer, epoch");
    }

    @ParameterizedTest
    @EnumSource(Container.class)
    void blocksInGroupsAreCountedThrough(Container container) throws IOException {
        assertThat(names(
                        container,
                        "teacher.backbone.patch_embed.proj.weight",
                        "teacher.backbone.blocks.0.0.norm1.weight",
                        "teacher.backbone.blocks.0.1.norm1.weight",
                        "teacher.backbone.blocks.1.2.norm1.weight",
                        "teacher.backbone.blocks.1.3.norm1.weight"))
                .containsExactlyInAnyOrder(
                        "patch_embed.proj.weight",
                        "blocks.0.norm1.weight",
                        "blocks.1.norm1.weight",
                        "blocks.2.norm1.weight",
                        "blocks.3.norm1.weight");
    }

    @Test
    void blocksOfTwoGroupsWithOneNumberAreRefused() {
        assertThatThrownBy(() -> names(
                        Container.SAFETENSORS,
                        "patch_embed.proj.weight",
                        "blocks.0.0.norm1.weight",
                        "blocks.1.0.norm1.weight"))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("found blocks.0.0.norm1.weight and blocks.1.0.norm1.weight,"
                        + " which would both be blocks.0.norm1.weight");
    }

    @Test
    void whatTrainingKeepsBesideANetworkWithoutAPrefixIsLeftOut() throws IOException {
        assertThat(names(
                        Container.ZIP_PTH,
                        "patch_embed.proj.weight",
                        "optimizer.state.0.exp_avg",
                        "rng_state",
                        "n_averaged",
                        "head.weight"))
                .containsExactly("patch_embed.proj.weight", "head.weight");
        assertThat(notes("patch_embed.proj.weight", "optimizer.state.0.exp_avg", "optimizer.state.1.exp_avg", "epoch"))
                .containsExactly("left out 3 tensors beside it: optimizer × 2, epoch");
    }

    @Test
    void aProjectionHeadIsDroppedAndAClassifierStays() throws IOException {
        Path file = Container.ZIP_PTH.write(
                folder,
                List.of("state_dict"),
                shapes(
                        "module.base_encoder.patch_embed.proj.weight",
                        "module.base_encoder.head.0.weight",
                        "module.base_encoder.head.1.running_mean",
                        "module.momentum_encoder.patch_embed.proj.weight",
                        "module.predictor.0.weight"));
        try (BackboneWeights weights = BackboneWeights.open(file)) {
            assertThat(weights.names().shapes()).containsOnlyKeys("patch_embed.proj.weight");
            assertThat(weights.names().dropped()).containsOnlyKeys("head.0.weight", "head.1.running_mean");
        }
    }

    @Test
    void whatWrapsSingleModulesIsTakenOutOfTheNames() throws IOException {
        assertThat(names(
                        Container.ZIP_PTH,
                        "model._orig_mod.patch_embed.proj.weight",
                        "model._orig_mod.blocks.0._orig_mod.norm1.weight",
                        "model._fsdp_wrapped_module.blocks.1._checkpoint_wrapped_module.norm1.weight"))
                .containsExactly("patch_embed.proj.weight", "blocks.0.norm1.weight", "blocks.1.norm1.weight");
    }

    @ParameterizedTest
    @CsvSource({
        "vit.embeddings.patch_embeddings.projection.weight, vit.",
        "dinov2_with_registers.embeddings.patch_embeddings.projection.weight, dinov2_with_registers.",
        "convnext.embeddings.patch_embeddings.weight, convnext.",
        "vision_model.embeddings.patch_embedding.weight, vision_model."
    })
    void theHeadBesideTransformersBaseModelStays(String filters, String base) throws IOException {
        assertThat(names(Container.SAFETENSORS, "model." + filters, "model.classifier.weight", "model." + base + "x"))
                .containsExactly(filters, "classifier.weight", base + "x");
    }

    @Test
    void filtersThatOtherNetworksHaveTooMakeNoNetworkAlone() throws IOException {
        assertThat(names(Container.SAFETENSORS, "model.conv1.weight", "model.fc.weight"))
                .containsExactly("model.conv1.weight", "model.fc.weight");
        assertThat(names(Container.SAFETENSORS, "visual.conv1.weight", "visual.class_embedding", "logit_scale"))
                .containsExactly("conv1.weight", "class_embedding");
    }

    @ParameterizedTest
    @MethodSource("dev.inlay.checkpoint.naming.LayoutsTest#layouts")
    void everyLayoutIsFoundBelowAPrefix(CheckpointLayout layout, UpstreamNames upstream) throws IOException {
        Map<String, List<Long>> stored = new LinkedHashMap<>();
        upstream.infos().forEach((name, info) -> stored.put("module.backbone." + name, info.shape()));
        Path file = Container.SAFETENSORS.write(folder, List.of(), stored);
        try (Checkpoint network = Network.in(Checkpoint.open(file))) {
            assertThat(network.infos().keySet()).isEqualTo(upstream.infos().keySet());
        }
    }

    private List<String> names(Container container, String... stored) throws IOException {
        try (Checkpoint network = Network.in(Checkpoint.open(container.write(folder, List.of(), shapes(stored))))) {
            return List.copyOf(network.infos().keySet());
        }
    }

    private List<String> notes(String... stored) throws IOException {
        Path file = Container.SAFETENSORS.write(folder, List.of(), shapes(stored));
        try (Checkpoint network = Network.in(Checkpoint.open(file))) {
            return network.notes();
        }
    }

    private static Map<String, List<Long>> shapes(String... names) {
        Map<String, List<Long>> shapes = new LinkedHashMap<>();
        Arrays.stream(names).forEach(name -> shapes.put(name, List.of(2L)));
        return shapes;
    }
}
