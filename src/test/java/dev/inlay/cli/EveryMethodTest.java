package dev.inlay.cli;

import static dev.inlay.cli.Cli.inlay;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.inlay.Inlay;
import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.BackboneFamily;
import dev.inlay.backbone.SpecJson;
import dev.inlay.config.MethodConfig;
import dev.inlay.config.RunConfig;
import dev.inlay.golden.Golden;
import dev.inlay.progress.Progress;
import dev.inlay.record.RunStatus;
import dev.inlay.tensor.LibTorch;
import dev.inlay.train.RunObserver;
import dev.inlay.tuning.method.ConfigurableMethod;
import dev.inlay.tuning.method.MethodSamples;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every method that a config can name, on every family: trained, killed and taken up, saved, and used by another process. */
class EveryMethodTest {
    /** Of the built-in task. */
    private static final int CLASSES = 8;

    /** Golden weights of a family, and images of their size. */
    private enum Network {
        VIT("vit", "vit_forward"),
        SWIN("swin", "swin"),
        CONVNEXT("convnext", "convnext");

        private final String family;
        private final String golden;

        Network(String family, String golden) {
            this.family = family;
            this.golden = golden;
        }

        String spec() {
            ObjectNode spec = (ObjectNode) Golden.json(golden + "/meta.json").get("spec");
            return spec.put("family", family).toString();
        }

        Backbone random() {
            return BackboneFamily.named(family).random(family, SpecJson.parse(spec(), family), 1);
        }

        Path file(String name) {
            return Golden.path(golden + "/" + name).toAbsolutePath();
        }
    }

    /** A method on a family; its name is that of its run's folder. */
    private record Pair(Network network, String method) {
        static Stream<Pair> all() {
            return Stream.of(Network.values()).flatMap(network -> {
                try (Backbone backbone = network.random()) {
                    return METHODS.keySet().stream()
                            .filter(method -> isTakenBy(backbone, method))
                            .map(method -> new Pair(network, method))
                            .toList()
                            .stream();
                }
            });
        }

        private static boolean isTakenBy(Backbone backbone, String method) {
            RunConfig config = RunConfig.parse("method: " + METHODS.get(method), Path.of("/configs"), List.of());
            return !(config.method() instanceof MethodConfig.Stated stated)
                    || MethodSamples.takes(backbone, stated.spec());
        }

        @Override
        public String toString() {
            return network.name() + "-" + method;
        }
    }

    /** By the name of the method; with everything random that it has, where its defaults are not enough. */
    private static final Map<String, String> METHODS = new TreeMap<>(Map.of(
            "adapter", "{type: adapter, bottleneck: 4, dropout: 0.1}",
            "adapterPlus", "{type: adapterPlus, bottleneck: 4, dropPath: 0.1}",
            "convpass", "{type: convpass, hidden: 4, dropout: 0.1}",
            "dora", "{type: dora, operations: [], rank: 2, dropout: 0.1}",
            "lora", "{type: lora, operations: [], rank: 2, dropout: 0.1}",
            "mlpHead", "{type: mlpHead, layers: 2}",
            "pad", "{type: pad, pixels: 2}",
            "prompt", "{type: prompt, tokens: 3, dropout: 0.1}",
            "spt", "{type: spt, rank: 2, budget: 2500, exceptions: {mlp.fc1: ssf}, dropout: 0.1}",
            "sum", "{type: sum, of: [{type: prompt, depth: shallow, tokens: 2}, {type: bias}]}"));

    static {
        ConfigurableMethod.all().forEach(method -> METHODS.putIfAbsent(method.name(), "{type: " + method.name() + "}"));
    }

    @TempDir
    private static Path folder;

    /** Stands for the end of a process. */
    private static final class Killed extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    static Stream<Pair> pairs() {
        return Pair.all();
    }

    @Test
    void everyFamilyTakesMostMethods() {
        Map<Network, Long> taken = Pair.all().collect(Collectors.groupingBy(Pair::network, Collectors.counting()));
        assertThat(taken).allSatisfy((network, count) -> assertThat(count).isGreaterThanOrEqualTo(12));
        assertThat(METHODS).containsKeys("linear", "bias", "full", "partial", "classToken", "ssf");
    }

    private static RunConfig config(Pair pair, String... overrides) {
        Network network = pair.network();
        Path spec = folder.resolve(network + ".json");
        try {
            Files.writeString(spec, network.spec());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        String yaml =
                """
                name: %s
                seed: 3
                threads: 1
                backbone: {name: custom, file: %s, spec: %s, dropPath: 0.1}
                data: {type: builtin, task: shape, size: 32, train: 40, validation: 0, test: 24, workers: 1}
                method: %s
                sensitivity: {batchSize: 16, batches: 2}
                train: {epochs: 2, batchSize: 8, learningRate: 3e-3, journal: {everySteps: 3, everySeconds: 0}}
                baselines: {linear: false}
                """
                        .formatted(pair, network.file("weights.safetensors"), spec, METHODS.get(pair.method()));
        return RunConfig.parse(yaml, folder, List.of(overrides));
    }

    /** Killed after each of some steps, where nothing was saved in between. */
    @ParameterizedTest
    @MethodSource("pairs")
    void aRunThatWasKilledEndsAsOneLeftAlone(Pair pair) throws IOException {
        Path killed = folder.resolve(pair + "-killed");
        for (int steps : new int[] {1, 5, 2}) {
            assertThatThrownBy(() -> tune(pair, killed, killAfter(steps))).isInstanceOf(Killed.class);
        }
        tune(pair, killed, () -> false);
        assertThat(Files.readAllBytes(killed.resolve("task.safetensors"))).isEqualTo(Files.readAllBytes(task(pair)));
    }

    /** As one left alone does, but for the rounding of Swin's attention, which depends on whether its biases have a gradient. */
    @ParameterizedTest
    @MethodSource("pairs")
    void aRunThatRecomputesItsBlocksPredictsTheSame(Pair pair) throws IOException {
        Path recomputed = folder.resolve(pair + "-recomputed");
        Inlay.tune(config(pair, "train.memory=recompute"), recomputed);
        double[] logits =
                numbers(Predictions.of(recomputed.resolve("task.safetensors").toString()));
        double[] expected = numbers(Predictions.of(task(pair).toString()));
        assertThat(logits).hasSizeGreaterThan(CLASSES).containsExactly(expected, within(1e-4));
    }

    private static double[] numbers(String predictions) {
        return Pattern.compile("-?\\d+\\.\\d+(E-?\\d+)?")
                .matcher(predictions)
                .results()
                .mapToDouble(found -> Double.parseDouble(found.group()))
                .toArray();
    }

    /** The task of a run left alone. */
    private static Path task(Pair pair) {
        Path out = folder.resolve(pair.toString());
        Path task = out.resolve("task.safetensors");
        if (!Files.exists(task)) {
            Inlay.tune(config(pair), out);
        }
        return task;
    }

    private static void tune(Pair pair, Path out, BooleanSupplier stop) {
        Inlay.tune(config(pair), out, RunObserver.of(Progress.NONE, new RunStatus(), stop));
    }

    private static BooleanSupplier killAfter(int steps) {
        int[] done = new int[1];
        return () -> {
            if (++done[0] >= steps) {
                throw new Killed();
            }
            return false;
        };
    }

    @Test
    void aNewProcessPredictsTheSameLogits() throws Exception {
        List<String> tasks = new ArrayList<>();
        LibTorch.threads(1);
        StringBuilder here = new StringBuilder();
        for (Pair pair : Pair.all().toList()) {
            String task = task(pair).toString();
            tasks.add(task);
            here.append(Predictions.of(task));
        }
        assertThat(here.toString().lines().distinct().count()).isGreaterThan(tasks.size());
        assertThat(elsewhere(tasks)).isEqualTo(here.toString());
    }

    private static String elsewhere(List<String> tasks) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx1g",
                "-Djava.awt.headless=true",
                "-cp",
                System.getProperty("java.class.path"),
                Predictions.class.getName()));
        command.addAll(tasks);
        Path out = folder.resolve("predictions.txt");
        ProcessBuilder builder = new ProcessBuilder(command).redirectOutput(out.toFile());
        builder.environment().put("OMP_WAIT_POLICY", "PASSIVE");
        Process process =
                builder.redirectError(folder.resolve("errors.txt").toFile()).start();
        assertThat(process.waitFor(5, TimeUnit.MINUTES)).isTrue();
        assertThat(process.exitValue())
                .as(Files.readString(folder.resolve("errors.txt")))
                .isZero();
        return Files.readString(out, StandardCharsets.UTF_8);
    }

    /** The logits of golden images under each task, one line an image. */
    static final class Predictions {
        private Predictions() {}

        public static void main(String[] tasks) {
            // equal threads give equal bits
            LibTorch.threads(1);
            for (String task : tasks) {
                System.out.print(of(task));
            }
        }

        static String of(String task) {
            String pair = Path.of(task).getParent().getFileName().toString();
            Network network = Network.valueOf(pair.substring(0, pair.indexOf('-')));
            Cli predict = inlay(
                    "predict",
                    "--task",
                    task,
                    "--backbone",
                    network.file("weights.safetensors"),
                    "--logits",
                    network.file("io.safetensors"));
            assertThat(predict.code()).as(predict.err()).isZero();
            return predict.out();
        }
    }
}
