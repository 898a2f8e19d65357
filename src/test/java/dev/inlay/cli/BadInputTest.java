package dev.inlay.cli;

import static dev.inlay.cli.Cli.inlay;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.inlay.checkpoint.safetensors.SafeTensorsFile;
import dev.inlay.checkpoint.safetensors.SafeTensorsWriter;
import dev.inlay.checkpoint.safetensors.TensorEntry;
import dev.inlay.golden.Golden;
import dev.inlay.record.MetricsFile;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever is wrong ends in one message that names it, with the right exit code, and leaves nothing half done. */
class BadInputTest {
    private static final Path WEIGHTS =
            Golden.path("vit_forward/weights.safetensors").toAbsolutePath();
    private static final int RUN_FAILED = 1;
    private static final int BAD_CONFIG = 2;
    private static final int BAD_DATA = 3;

    @TempDir
    private Path folder;

    @BeforeEach
    void writeConfig() {
        TinyRun.config(folder);
    }

    /** What is wrong: prepares a folder that holds {@code run.yaml} and gives the overrides that meet the problem. */
    private interface Setup {
        List<String> in(Path folder) throws Exception;
    }

    /**
     * @param exitCode of {@code inlay tune run.yaml --out out} with the overrides
     * @param words all of them are in the message
     */
    private record Wrong(int exitCode, Setup setup, List<String> words) {}

    private static Named<Wrong> wrong(String name, int exitCode, Setup setup, String... words) {
        return Named.of(name, new Wrong(exitCode, setup, List.of(words)));
    }

    private static Named<Wrong> setting(String name, String override, String... words) {
        return wrong(name, BAD_CONFIG, folder -> List.of(override), words);
    }

    static Stream<Named<Wrong>> configs() {
        return Stream.of(
                setting("unknown key", "train.epoch=3", "train.epoch", "did you mean", "epochs"),
                setting("wrong type", "train.epochs=many", "train.epochs", "many"),
                setting("negative budget", "method.budget=-5", "method.budget", "-5"),
                setting("zero budget", "method.budget=0", "method.budget", "found 0"),
                setting("budget and tau", "method.tau=9", "method.tau", "conflicts with budget"),
                setting("budget below the class token", "method.budget=9", "budget", "class token of 16"),
                wrong(
                        "tau above the number of weights",
                        BAD_CONFIG,
                        folder -> List.of("method={type: spt, tau: 99999}"),
                        "tau",
                        "99999"),
                setting("unknown task", "data.task=shapes", "shapes", "shape, texture"),
                setting("unknown kind of data", "data.type=zip", "data.type", "zip", "folder"),
                setting("no validation images to choose by", "data.validation=0", "validation"),
                setting(
                        "transform of another size",
                        "data.transform={size: 20}",
                        "data.transform.size",
                        "20",
                        "16 × 16"),
                setting("cuda without a GPU", "device=cuda", "device", "cuda"),
                setting("unknown precision", "train.precision=half", "train.precision", "float32, bf16, auto"),
                setting("override without a value", "train.epochs", "train.epochs", "dotted.key=value"),
                wrong(
                        "unknown variant",
                        BAD_CONFIG,
                        folder -> List.of("backbone={name: vit_tiny_patch16_225, random: true}"),
                        "vit_tiny_patch16_225",
                        "vit_tiny_patch16_224"),
                wrong(
                        "not YAML",
                        BAD_CONFIG,
                        config("train: {epochs: 3"),
                        "run.yaml: line 1, column",
                        "not valid YAML"),
                wrong("a list as config", BAD_CONFIG, config("- a\n- b\n"), "run.yaml", "expected a mapping"),
                wrong("a key twice", BAD_CONFIG, config("seed: 1\nseed: 2\n"), "run.yaml", "seed"),
                wrong(
                        "no config",
                        BAD_CONFIG,
                        folder -> {
                            Files.delete(folder.resolve("run.yaml"));
                            return List.of();
                        },
                        "no such file",
                        "run.yaml"),
                wrong(
                        "heads that do not divide the width",
                        BAD_CONFIG,
                        spec(s -> s.replace("\"heads\": 2", "\"heads\": 3")),
                        "vit.json",
                        "heads",
                        "3 does not divide dim 16"),
                wrong(
                        "unknown key in the sizes",
                        BAD_CONFIG,
                        spec(s -> s.replace("{", "{\"layers\": 2, ")),
                        "vit.json",
                        "layers"),
                wrong("sizes that are not JSON", BAD_CONFIG, spec(s -> s.replace("}", "")), "vit.json"),
                setting("no file of sizes", "backbone.spec=nowhere.json", "nowhere.json"));
    }

    private static Setup config(String text) {
        return folder -> {
            Files.writeString(folder.resolve("run.yaml"), text);
            return List.of();
        };
    }

    private static Setup spec(UnaryOperator<String> change) {
        return folder -> {
            Files.writeString(folder.resolve("vit.json"), change.apply(TinyRun.SPEC));
            return List.of();
        };
    }

    static Stream<Named<Wrong>> images() {
        return Stream.of(
                wrong("truncated image", BAD_DATA, image(bytes -> Arrays.copyOf(bytes, bytes.length / 2)), "a/0.png"),
                wrong(
                        "text as an image",
                        BAD_DATA,
                        image(bytes -> "not an image".getBytes(StandardCharsets.UTF_8)),
                        "a/0.png"),
                wrong("empty image", BAD_DATA, image(bytes -> new byte[0]), "a/0.png"),
                wrong(
                        "no image is good and all may be skipped",
                        BAD_DATA,
                        folder -> {
                            images(folder, "a", "b");
                            try (Stream<Path> all = Files.walk(folder.resolve("images"))) {
                                for (Path file :
                                        all.filter(Files::isRegularFile).toList()) {
                                    Files.writeString(file, "x");
                                }
                            }
                            return List.of(
                                    "data={type: folder, root: " + folder.resolve("images") + ", onBadImage: skip}");
                        },
                        "a/0.png"),
                wrong(
                        "class without images",
                        BAD_DATA,
                        folder -> {
                            images(folder, "a", "b");
                            Files.createDirectories(folder.resolve("images/c"));
                            return folderOfImages(folder);
                        },
                        "images/c",
                        "no images"),
                wrong(
                        "class that is only tested",
                        BAD_DATA,
                        folder -> {
                            images(folder, "train/a", "train/b", "test/a", "test/c");
                            return folderOfImages(folder);
                        },
                        "test/c",
                        "train"),
                wrong(
                        "no folder of images",
                        BAD_DATA,
                        BadInputTest::folderOfImages,
                        "images",
                        "expected a folder of class folders"),
                wrong(
                        "label that is no number",
                        BAD_DATA,
                        list("test.txt", "0.png cat"),
                        "test.txt line 1",
                        "0.png cat"),
                wrong("negative label", BAD_DATA, list("test.txt", "a/0.png -1"), "test.txt line 1", "-1"),
                wrong(
                        "label left out",
                        BAD_DATA,
                        list("train800.txt", "a/0.png 0\nb/0.png 3"),
                        "labels",
                        "found no image of 2"),
                wrong("missing image", BAD_DATA, list("val200.txt", "gone.png 0"), "val200.txt line 1", "gone.png"),
                wrong("empty list", BAD_DATA, list("val200.txt", ""), "val200.txt", "empty"),
                wrong(
                        "missing list",
                        BAD_DATA,
                        folder -> {
                            List<String> overrides =
                                    list("test.txt", "a/0.png 0").in(folder);
                            Files.delete(folder.resolve("images/val200.txt"));
                            return overrides;
                        },
                        "val200.txt",
                        "missing"),
                wrong(
                        "manifest without labels",
                        BAD_DATA,
                        manifest("path,kind\na/0.png,0\n"),
                        "list.csv",
                        "label",
                        "kind"),
                wrong(
                        "unknown split",
                        BAD_DATA,
                        manifest("path,label,split\na/0.png,0,dev\n"),
                        "list.csv",
                        "line 2",
                        "dev"));
    }

    private static List<String> folderOfImages(Path folder) {
        return List.of("data={type: folder, root: " + folder.resolve("images") + "}");
    }

    /** Changes one of eight good images. */
    private static Setup image(UnaryOperator<byte[]> change) {
        return folder -> {
            images(folder, "a", "b");
            Path file = folder.resolve("images/a/0.png");
            Files.write(file, change.apply(Files.readAllBytes(file)));
            return folderOfImages(folder);
        };
    }

    /** Good lists but for one. */
    private static Setup list(String name, String text) {
        return folder -> {
            images(folder, "a", "b");
            Path root = folder.resolve("images");
            Files.writeString(root.resolve("train800.txt"), "a/0.png 0\nb/0.png 1\n");
            Files.writeString(root.resolve("val200.txt"), "a/1.png 0\nb/1.png 1\n");
            Files.writeString(root.resolve("train800val200.txt"), "a/0.png 0\nb/0.png 1\na/1.png 0\nb/1.png 1\n");
            Files.writeString(root.resolve("test.txt"), "a/2.png 0\nb/2.png 1\n");
            Files.writeString(root.resolve(name), text.isEmpty() ? "" : text + "\n");
            return List.of("data={type: vtab, root: " + root + "}");
        };
    }

    private static Setup manifest(String text) {
        return folder -> {
            images(folder, "a");
            Path file = Files.writeString(folder.resolve("images/list.csv"), text);
            return List.of("data={type: csv, file: " + file + "}");
        };
    }

    /** Four images in each folder below {@code images}. */
    private static void images(Path folder, String... classes) throws IOException {
        for (String name : classes) {
            Path below = Files.createDirectories(folder.resolve("images").resolve(name));
            for (int i = 0; i < 4; i++) {
                BufferedImage image = new BufferedImage(20, 20, BufferedImage.TYPE_INT_RGB);
                for (int p = 0; p < 400; p++) {
                    image.setRGB(p % 20, p / 20, (name.hashCode() * 31 + i * 7919 + p * 104729) & 0xffffff);
                }
                ImageIO.write(image, "png", below.resolve(i + ".png").toFile());
            }
        }
    }

    static Stream<Named<Wrong>> tensorFiles() {
        return Stream.of(
                wrong("no such tensors file", BAD_DATA, tensors(folder -> {}), "images.safetensors"),
                wrong(
                        "text as tensors",
                        BAD_DATA,
                        tensors(folder -> Files.writeString(folder.resolve("images.safetensors"), "no tensors here")),
                        "images.safetensors"),
                wrong(
                        "images without labels",
                        BAD_DATA,
                        tensors(folder -> write(folder, List.of(images(new float[4 * 768], 4, 16, 16)))),
                        "images.safetensors",
                        "labels"),
                wrong(
                        "fewer labels than images",
                        BAD_DATA,
                        tensors(folder -> write(
                                folder,
                                List.of(
                                        TensorEntry.longs("labels", new long[3], 3),
                                        images(new float[4 * 768], 4, 16, 16)))),
                        "images.safetensors",
                        "labels",
                        "[4]",
                        "[3]"),
                wrong(
                        "negative label of a tensor",
                        BAD_DATA,
                        tensors(folder -> write(folder, labelled(new float[4 * 768], 16, 16, 0, 1, -2, 1))),
                        "images.safetensors",
                        "labels[2]",
                        "-2"),
                wrong(
                        "tensors of another size",
                        BAD_CONFIG,
                        tensors(folder -> write(folder, labelled(new float[4 * 192], 8, 8, 0, 1, 0, 1))),
                        "8 × 8",
                        "16 × 16"),
                wrong(
                        "no test split",
                        BAD_CONFIG,
                        folder -> {
                            write(folder, labelled(new float[4 * 768], 16, 16, 0, 1, 0, 1));
                            return List.of("data={type: tensors, train: " + folder.resolve("images.safetensors") + "}");
                        },
                        "no test split"));
    }

    private interface Writer {
        void in(Path folder) throws IOException;
    }

    private static Setup tensors(Writer writer) {
        return folder -> {
            writer.in(folder);
            Path file = folder.resolve("images.safetensors");
            return List.of("data={type: tensors, train: " + file + ", validation: " + file + ", test: " + file + "}");
        };
    }

    private static void write(Path folder, List<TensorEntry> tensors) {
        SafeTensorsWriter.write(folder.resolve("images.safetensors"), tensors, Map.of());
    }

    private static List<TensorEntry> labelled(float[] pixels, int height, int width, long... labels) {
        return List.of(
                TensorEntry.longs("labels", labels, labels.length), images(pixels, labels.length, height, width));
    }

    private static TensorEntry images(float[] pixels, int count, int height, int width) {
        return TensorEntry.floats("images", pixels, count, 3, height, width);
    }

    static Stream<Named<Wrong>> backbones() {
        return Stream.of(
                wrong(
                        "backbone of another shape",
                        BAD_DATA,
                        folder -> List.of("backbone={spec: " + folder.resolve("vit.json") + ", file: " + WEIGHTS + "}"),
                        "weights.safetensors",
                        "expected the network of the spec, found a ViT of embedDim 48, depth 3",
                        "cls_token: expected [1, 1, 16], found [1, 1, 48]",
                        "and 38 more, which --verbose lists"),
                wrong(
                        "backbone that lacks a tensor",
                        BAD_DATA,
                        golden(folder -> {
                            List<TensorEntry> kept = new ArrayList<>();
                            try (SafeTensorsFile whole = SafeTensorsFile.open(WEIGHTS)) {
                                for (String name : whole.names()) {
                                    if (!name.equals("norm.bias")) {
                                        kept.add(TensorEntry.floats(
                                                name,
                                                whole.floats(name),
                                                whole.info(name).sizes()));
                                    }
                                }
                            }
                            SafeTensorsWriter.write(folder.resolve("backbone"), kept, Map.of());
                        }),
                        "missing norm.bias [48]",
                        "1 difference"),
                wrong(
                        "backbone with a hole in its numbers",
                        BAD_DATA,
                        golden(folder -> {
                            List<TensorEntry> damaged = new ArrayList<>();
                            try (SafeTensorsFile whole = SafeTensorsFile.open(WEIGHTS)) {
                                for (String name : whole.names()) {
                                    float[] values = whole.floats(name);
                                    if (name.equals("blocks.1.norm1.weight")) {
                                        values[3] = Float.NaN;
                                    }
                                    damaged.add(TensorEntry.floats(
                                            name, values, whole.info(name).sizes()));
                                }
                            }
                            SafeTensorsWriter.write(folder.resolve("backbone"), damaged, Map.of());
                        }),
                        "backbone",
                        "blocks.1.norm1.weight",
                        "finite"),
                wrong(
                        "truncated backbone",
                        BAD_DATA,
                        golden(folder -> {
                            byte[] whole = Files.readAllBytes(WEIGHTS);
                            Files.write(folder.resolve("backbone"), Arrays.copyOf(whole, whole.length - 100));
                        }),
                        "backbone",
                        "cut short"),
                wrong(
                        "text as a backbone",
                        BAD_DATA,
                        golden(folder -> Files.writeString(folder.resolve("backbone"), "weights, honestly")),
                        "backbone"),
                wrong("no such backbone", BAD_DATA, golden(folder -> {}), "backbone", "found no file"));
    }

    private static Setup golden(Writer writer) {
        return folder -> {
            writer.in(folder);
            Path spec = Files.writeString(
                    folder.resolve("golden.json"),
                    Golden.json("vit_forward/meta.json").get("spec").toString());
            return List.of(
                    "backbone={spec: " + spec + ", file: " + folder.resolve("backbone") + "}", "data.transform={}");
        };
    }

    static Stream<Named<Wrong>> earlierResults() {
        Path scores = Golden.path("spt_allocation/scores.safetensors").toAbsolutePath();
        return Stream.of(
                wrong(
                        "plan that is not JSON",
                        BAD_DATA,
                        folder -> {
                            Path plan = Files.writeString(folder.resolve("plan.json"), "{\"format\": ");
                            return List.of("method={plan: " + plan + "}");
                        },
                        "plan.json",
                        "expected a plan in JSON, found a fault: "),
                wrong(
                        "plan whose cost was changed",
                        BAD_DATA,
                        folder -> {
                            Path plan = folder.resolve("plan.json");
                            inlay("allocate", scores, "--tau", 50, "--out", plan);
                            Files.writeString(
                                    plan, Files.readString(plan).replaceFirst("\"total\": (\\d+)", "\"total\": 7"));
                            return List.of("method={plan: " + plan + "}");
                        },
                        "plan.json",
                        "total"),
                wrong(
                        "plan of another backbone",
                        BAD_CONFIG,
                        folder -> {
                            Path plan = folder.resolve("plan.json");
                            inlay("allocate", scores, "--tau", 2000, "--out", plan);
                            return List.of("method={plan: " + plan + "}");
                        },
                        "plan does not fit",
                        "blocks.2."),
                wrong(
                        "no such plan",
                        BAD_DATA,
                        folder -> List.of("method={plan: " + folder.resolve("plan.json") + "}"),
                        "plan.json",
                        "no such file"),
                wrong(
                        "scores of another backbone",
                        BAD_CONFIG,
                        folder -> {
                            Path other = folder.resolve("scores.safetensors");
                            inlay("sensitivity", folder.resolve("run.yaml"), "--out", other, "seed=6");
                            return List.of("sensitivity.scores=" + other);
                        },
                        "sensitivity.scores",
                        "scores.safetensors",
                        "fingerprint"),
                wrong(
                        "truncated scores",
                        BAD_DATA,
                        folder -> {
                            byte[] whole = Files.readAllBytes(scores);
                            Path cut = folder.resolve("scores.safetensors");
                            Files.write(cut, Arrays.copyOf(whole, whole.length / 2));
                            return List.of("sensitivity.scores=" + cut);
                        },
                        "scores.safetensors",
                        "cut short"));
    }

    /** What shows only in the numbers. */
    static Stream<Named<Wrong>> numbers() {
        return Stream.of(
                wrong(
                        "images that are not finite",
                        BAD_DATA,
                        tensors(folder -> {
                            float[] pixels = new float[4 * 768];
                            pixels[768 * 2 + 5] = Float.NaN;
                            write(folder, labelled(pixels, 16, 16, 0, 1, 0, 1));
                        }),
                        "example 2",
                        "finite"),
                wrong(
                        "learning that diverges",
                        RUN_FAILED,
                        folder -> List.of("search.grid={}", "train.learningRate=1e6", "train.optimizer=sgd"),
                        "diverged",
                        "lower the learning rate"));
    }

    @ParameterizedTest
    @MethodSource({"configs", "images", "tensorFiles", "backbones", "earlierResults", "numbers"})
    void endsInOneMessage(Wrong wrong) throws Exception {
        List<String> overrides = wrong.setup().in(folder);
        Path out = folder.resolve("out");
        Cli tune = inlay("tune", folder.resolve("run.yaml"), "--out", out, overrides);
        assertThat(tune.code()).as(tune.err()).isEqualTo(wrong.exitCode());
        assertOneMessage(tune, wrong.words());
        assertThat(tune.out()).isEmpty();
        assertThat(names(out))
                .doesNotContain("task.safetensors", "metrics.json", "report.html")
                .noneMatch(name -> name.contains(".tmp"));
    }

    /** Everything that comes to light before the work begins leaves the folder to any other config. */
    @ParameterizedTest
    @MethodSource({"configs", "images", "tensorFiles", "backbones", "earlierResults"})
    void theFolderStaysFree(Wrong wrong) throws Exception {
        List<String> overrides = wrong.setup().in(folder);
        Path out = folder.resolve("out");
        inlay("tune", folder.resolve("run.yaml"), "--out", out, overrides);
        assertThat(names(out)).isSubsetOf("run.log");
    }

    @Test
    void aBudgetAboveTheModelTakesEverythingAndSaysSo() {
        Path out = folder.resolve("out");
        Cli tune = inlay(
                "tune",
                folder.resolve("run.yaml"),
                "--out",
                out,
                "method.budget=1000000",
                "train.epochs=1",
                "search.grid={}");
        assertThat(tune.code()).as(tune.err()).isZero();
        assertThat(MetricsFile.read(out.resolve("metrics.json")).warnings())
                .singleElement()
                .asString()
                .contains("budget of 1,000,000 is above the largest possible cost");
    }

    /** Files of a run in progress that something else damaged. */
    @ParameterizedTest
    @ValueSource(
            strings = {"journal.safetensors", "probe.safetensors", "scores.safetensors", "plan.json", "state.json"})
    void aDamagedPartOfARunSaysWhatToDo(String name) throws IOException {
        Path out = folder.resolve("out");
        List<Object> command = List.of("tune", folder.resolve("run.yaml"), "--out", out, "train.epochs=2");
        assertThat(inlay(command).code()).isZero();
        byte[] task = Files.readAllBytes(out.resolve("task.safetensors"));
        byte[] whole = Files.readAllBytes(out.resolve(name));
        Files.write(out.resolve(name), Arrays.copyOf(whole, whole.length / 2));

        Cli refused = inlay(command);
        assertThat(refused.code()).as(refused.err()).isEqualTo(BAD_DATA);
        assertOneMessage(refused, List.of(out.resolve(name).toString()));
        assertThat(refused.complaint()).containsAnyOf("delete " + out, "move " + out);
        assertThat(out.resolve("task.safetensors")).hasBinaryContent(task);

        Files.delete(out.resolve(name));
        assertThat(inlay(command).code()).isZero();
        assertThat(out.resolve("task.safetensors")).hasBinaryContent(task);
    }

    @Test
    void aFileWhereTheFolderShouldBeIsLeftAlone() throws IOException {
        Path out = Files.writeString(folder.resolve("out"), "mine");
        Cli tune = inlay("tune", folder.resolve("run.yaml"), "--out", out);
        assertThat(tune.code()).isEqualTo(RUN_FAILED);
        assertOneMessage(tune, List.of(out.toString(), "choose another --out"));
        assertThat(out).hasContent("mine");
    }

    @Test
    void aFolderThatCannotBeWrittenIsNamed() throws IOException {
        Path parent = Files.createDirectory(folder.resolve("readonly"));
        assumeTrue(parent.toFile().setWritable(false) && !Files.isWritable(parent));
        Cli tune = inlay("tune", folder.resolve("run.yaml"), "--out", parent.resolve("out"));
        assertThat(tune.code()).isEqualTo(RUN_FAILED);
        assertOneMessage(tune, List.of(parent.toString(), "choose another --out"));
    }

    @Test
    void aFolderInUseIsNotTouched() throws IOException {
        Path out = Files.createDirectory(folder.resolve("out"));
        try (FileChannel other =
                        FileChannel.open(out.resolve(".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileLock lock = other.lock()) {
            assertThat(lock.isValid()).isTrue();
            Cli tune = inlay("tune", folder.resolve("run.yaml"), "--out", out);
            assertThat(tune.code()).isEqualTo(BAD_CONFIG);
            assertOneMessage(tune, List.of(out.toString(), "in use by another process"));
            assertThat(names(out)).containsExactlyInAnyOrder(".lock", "run.log");
        }
    }

    @Test
    void aTakenPortIsNamed() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            int port = taken.getLocalPort();
            Cli tune =
                    inlay("tune", folder.resolve("run.yaml"), "--out", folder.resolve("out"), "--metrics-port", port);
            assertThat(tune.code()).isEqualTo(BAD_CONFIG);
            assertOneMessage(tune, List.of("port " + port, "choose another port"));
            assertThat(folder.resolve("out")).doesNotExist();
        }
    }

    @Test
    void sensitivityNamesTheBatchWhoseLossIsNotFinite() {
        float[] pixels = new float[6 * 768];
        pixels[5 * 768] = Float.POSITIVE_INFINITY;
        write(folder, labelled(pixels, 16, 16, 0, 1, 0, 1, 0, 1));
        Path out = folder.resolve("scores.safetensors");
        Cli sensitivity = inlay(
                "sensitivity",
                folder.resolve("run.yaml"),
                "--out",
                out,
                "data={type: tensors, train: " + folder.resolve("images.safetensors") + "}",
                "sensitivity.batchSize=2");
        assertThat(sensitivity.code()).isEqualTo(RUN_FAILED);
        assertOneMessage(sensitivity, List.of("loss of sensitivity batch 2", "check the images"));
        assertThat(out).doesNotExist();
    }

    @Test
    void aHeadOfOtherClassesIsRefused() throws IOException {
        write(folder, labelled(new float[2 * 3 * 24 * 32], 24, 32, 0, 8));
        Path spec = Files.writeString(
                folder.resolve("golden.json"),
                Golden.json("vit_forward/meta.json").get("spec").toString());
        Path out = folder.resolve("scores.safetensors");
        Cli sensitivity = inlay(
                "sensitivity",
                folder.resolve("run.yaml"),
                "--out",
                out,
                "backbone={spec: " + spec + ", file: " + WEIGHTS + "}",
                "data={type: tensors, train: " + folder.resolve("images.safetensors") + "}",
                "sensitivity.head=checkpoint");
        assertThat(sensitivity.code()).as(sensitivity.err()).isEqualTo(BAD_CONFIG);
        assertOneMessage(sensitivity, List.of("sensitivity.head", "7 classes", "9"));
        assertThat(out).doesNotExist();
    }

    private static void assertOneMessage(Cli command, List<String> words) {
        assertThat(command.complaint())
                .as(command.err())
                .startsWith("inlay: ")
                .contains(words)
                .doesNotContain("unexpected failure", "\tat ", "Exception in");
        assertThat(command.err().split("inlay: ", -1)).as(command.err()).hasSize(2);
    }

    private static List<String> names(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }
}
