package dev.inlay.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.inlay.backbone.vit.VisionTransformer;
import dev.inlay.checkpoint.safetensors.Dtype;
import dev.inlay.error.DataException;
import dev.inlay.golden.Golden;
import dev.inlay.plan.ModuleKind;
import dev.inlay.plan.PlanJson;
import dev.inlay.tuning.Tuning;
import dev.inlay.tuning.method.Planned;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Each bad task file ends in one message that names the file and the place, and says what to do or what was expected. */
class BadTaskFilesTest {
    private static final String INDEX = "sparse.blocks.2.attn.k.weight.index";

    @TempDir
    private static Path folder;

    private static VisionTransformer vit;
    private static Path good;

    @BeforeAll
    static void write() {
        vit = Golden.vit();
        Planned spec = SampleTasks.planned(ModuleKind.LORA, Planned.Origin.PAPER);
        good = folder.resolve("good.safetensors");
        try (Tuning tuning = SampleTasks.trained(spec, vit)) {
            TaskFile.write(good, SampleTasks.info(spec, vit), tuning);
        }
    }

    @AfterAll
    static void close() {
        vit.close();
    }

    static Stream<Arguments> foreign() throws IOException {
        Path plan = folder.resolve("plan.json");
        PlanJson.write(plan, SampleTasks.plan(ModuleKind.LORA));
        return Stream.of(
                Arguments.of(folder.resolve("none.safetensors"), "found no file"),
                Arguments.of(folder, "cannot be read"),
                Arguments.of(Files.createFile(folder.resolve("empty")), "found 0"),
                Arguments.of(Files.writeString(folder.resolve("text"), "a task, honestly"), "not a safetensors file"),
                Arguments.of(
                        plan, "expected a task, found a plan, or other JSON text; inlay tune makes a task of a plan"),
                Arguments.of(
                        Golden.path("vit_forward/weights.safetensors"),
                        "expected a task, found the weights of a backbone; give it as the backbone"),
                Arguments.of(
                        Golden.path("spt_sensitivity/scores.safetensors"),
                        "expected a task, found sensitivity scores; give it to inlay allocate"),
                Arguments.of(
                        Golden.path("spt_forward/io.safetensors"),
                        "expected a task, found images and labels as tensors; give it as data"),
                Arguments.of(
                        Golden.path("optim/steps.safetensors"),
                        "expected a task, found tensors that are none of Inlay's files; check the path"));
    }

    @ParameterizedTest
    @MethodSource
    void foreign(Path file, String message) {
        assertRefused(file, message);
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.01, 0.3, 0.6, 0.9, 0.9999})
    void halfWritten(double part) throws IOException {
        byte[] bytes = Files.readAllBytes(good);
        Path half = folder.resolve("half.safetensors");
        Files.write(half, Arrays.copyOf(bytes, (int) (part * bytes.length)));
        assertRefused(half, part < 0.01 ? "found" : "cut short");
    }

    static Stream<Arguments> changed() {
        return Stream.of(
                change(
                        "key 'format': expected inlay-task-1, found inlay-task-2",
                        c -> c.metadata("format", "inlay-task-2")),
                change("key 'spec' is missing", c -> c.without("spec")),
                change("unknown key 'host'", c -> c.metadata("host", "\"here\"")),
                change("key 'metrics': expected JSON, found a fault", c -> c.metadata("metrics", "{\"top1\": 0.5")),
                change("key 'metrics': expected JSON, found a fault", c -> c.metadata("metrics", "{\"a\":1,\"a\":2}")),
                change("key 'metrics': expected an object, found nothing", c -> c.metadata("metrics", "")),
                change(
                        "key 'metrics.top1': expected a number, found \"good\"",
                        c -> c.metadata("metrics", "{\"top1\":\"good\"}")),
                change(
                        "metrics.top1: expected a finite number, found Infinity",
                        c -> c.metadata("metrics", "{\"top1\":1e999}")),
                change("key 'provenance.seed': expected text, found 3", c -> c.metadata("provenance", "{\"seed\":3}")),
                change(
                        "key 'temperature': expected a number from 1.0E-6 to 1000000.0, found 0",
                        c -> c.metadata("temperature", "0")),
                change("no method of tuning is called 'magic'; known are ", c -> c.metadata("method", "magic")),
                change("unknown key 'plan'", c -> c.metadata("method", "full")),
                change(
                        "method linear has no index tensors, found sparse.blocks.2.attn.k.weight.index",
                        c -> c.metadata("method", "linear").metadata("spec", "{}")),
                change("classNames: expected at least one, found none", c -> c.metadata("classNames", "[]")),
                change("key 'classNames[1]': expected text, found 7", c -> c.metadata("classNames", "[\"a\",7]")),
                change(
                        "backbone.fingerprint: expected 64 hexadecimal digits, found 12ab",
                        c -> c.metadata(
                                "backbone",
                                "{\"name\":\"x\",\"fingerprint\":\"12ab\",\"spec\":{\"height\":24,\"width\":32,\"patch\":8,"
                                        + "\"dim\":48,\"depth\":3,\"heads\":3,\"hidden\":96}}")),
                change(
                        "key 'backbone.spec': ViT spec: 1 problem\n  - heads: 5 does not divide dim 48",
                        c -> c.replaced("backbone", "\"heads\":3", "\"heads\":5")),
                change("key 'backbone.name' is missing", c -> c.replaced("backbone", "\"name\":\"golden\",", "")),
                change(
                        "transform: expected images of 24 x 32, the backbone's size, found 24 x 31",
                        c -> c.replaced(
                                "transform",
                                "\"height\":24,\"width\":32,\"normalization\"",
                                "\"height\":24,\"width\":31,\"normalization\"")),
                change("key 'transform': ", c -> c.replaced("transform", "bicubic", "lanczos")),
                change("key 'transform': ", c -> c.replaced("transform", "\"exifOrientation\"", "\"turn\"")),
                change("key 'transform': ", c -> c.replaced("transform", "0.229", "-0.229")),
                change("key 'transform': expected an object, found 3", c -> c.metadata("transform", "3")),
                change("unknown key 'parameters.prompts'", c -> c.replaced("parameters", "modules", "prompts")),
                change(
                        "key 'parameters': expected 780 in all, as many as the trained tensors hold, found 781",
                        c -> c.replaced("parameters", "\"sparse\":7", "\"sparse\":8")),
                change(
                        "method.dropPath: must be in [0, 1), found 1.5",
                        c -> c.replaced("spec", "\"dropPath\":0.2", "\"dropPath\":1.5")),
                change(
                        "key 'origin': expected one of paper, seed, found \"mars\"",
                        c -> c.replaced("spec", "\"paper\"", "\"mars\"")),
                change(
                        "spec: plan: key 'cost.total': expected the sum of its parts, 535, found 536",
                        c -> c.replaced("spec", "\"total\":535", "\"total\":536")),
                change("spec: plan: cost.sparse is 7, but sparse has 6", c -> c.ints(INDEX, 0, 17)),
                change(
                        "unknown key 'plan.sparse'",
                        c -> c.replaced("spec", "{\"plan\":{", "{\"plan\":{\"sparse\":{},")),
                change(
                        "unexpected index tensor positions; method spt has sparse.<parameter>.index",
                        c -> c.ints("positions", 1)),
                change("flat indices must ascend from 0: 17 follows 17", c -> c.ints(INDEX, 0, 17, 17)),
                change("flat indices must ascend from 0: -1 follows nothing", c -> c.ints(INDEX, -1, 17, 18)),
                change("index 2304 is outside its 2304 weights", c -> c.ints(INDEX, 0, 17, 48 * 48)),
                change(
                        "tensor '" + INDEX + "': expected a vector of positions, found the shape [3, 1]",
                        c -> c.shape(INDEX, 3, 1)),
                change(
                        "tensor 'head.bias': expected F32 (trained) or I32 (positions), found F16",
                        c -> c.zeros("head.bias", Dtype.F16, 5)),
                change(
                        "tensor '" + INDEX + "': expected F32 (trained) or I32 (positions), found I64",
                        c -> c.zeros(INDEX, Dtype.I64, 3)),
                change(
                        "tensor 'head.bias': expected finite numbers, found NaN at 2",
                        c -> c.floats("head.bias", 0, 1, Float.NaN, 3, 4)),
                change(
                        "tensor 'head.bias': expected finite numbers, found -Infinity at 0",
                        c -> c.floats("head.bias", Float.NEGATIVE_INFINITY, 1, 2, 3, 4)));
    }

    private static Arguments change(String message, Consumer<Changed> change) {
        return Arguments.of(message, change);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource
    void changed(String message, Consumer<Changed> change) {
        assertRefused(write(change), message);
    }

    static Stream<Arguments> ofAnotherShape() {
        return Stream.of(
                change("missing lora.blocks.1.mlp.fc1.A [3, 48]", c -> c.withoutTensor("lora.blocks.1.mlp.fc1.A")
                        .replaced("parameters", "\"modules\":432", "\"modules\":288")),
                change("unexpected lora.blocks.0.mlp.fc1.A", c -> c.floats("lora.blocks.0.mlp.fc1.A", 1, 2)
                        .replaced("parameters", "\"modules\":432", "\"modules\":434")),
                change(
                        "lora.blocks.1.mlp.fc1.A: expected [3, 48], found [48, 3]",
                        c -> c.shape("lora.blocks.1.mlp.fc1.A", 48, 3)),
                change(
                        "head.weight: expected [4, 48], found [5, 48]",
                        c -> c.metadata("classNames", "[\"a\",\"b\",\"c\",\"d\"]")),
                change(
                        "blocks.1.mlp.fc9.weight: expected a MATRIX of the backbone, found none",
                        c -> c.replaced("spec", "blocks.1.mlp.fc1.weight", "blocks.1.mlp.fc9.weight")));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource
    void ofAnotherShape(String message, Consumer<Changed> change) {
        Path file = write(change);
        try (Task task = TaskFile.read(file)) {
            assertThat(catchThrowable(() -> task.attach(vit)))
                    .isInstanceOf(DataException.class)
                    .hasMessageContaining(file.toString())
                    .hasMessageContaining(message);
        }
    }

    @Test
    void aRefusedFileLeavesNoTensorsBehind() {
        Path file = write(c -> c.floats("head.bias", 0, 1, 2, 3, Float.NaN));
        assertRefused(file, "NaN");
        long before = Pointer.totalCount();
        for (int i = 0; i < 20; i++) {
            assertRefused(file, "NaN");
        }
        // a leak grows; the garbage of earlier tests may go meanwhile
        assertThat(Pointer.totalCount()).isLessThanOrEqualTo(before);
    }

    private static Path write(Consumer<Changed> change) {
        Path file = folder.resolve("changed.safetensors");
        Changed changed = Changed.from(good);
        change.accept(changed);
        changed.write(file);
        return file;
    }

    private static void assertRefused(Path file, String message) {
        assertThat(catchThrowable(() -> TaskFile.read(file)))
                .isInstanceOf(DataException.class)
                .hasMessageContaining(file.toString())
                .hasMessageContaining(message);
    }
}
