package dev.inlay.readme;

import static org.assertj.core.api.Assertions.assertThat;

import dev.inlay.backbone.vit.VisionTransformer;
import dev.inlay.backbone.vit.VitFamily;
import dev.inlay.backbone.vit.VitSpec;
import dev.inlay.checkpoint.StoredTensors;
import dev.inlay.checkpoint.safetensors.SafeTensorsWriter;
import dev.inlay.data.Images;
import dev.inlay.serve.ServedTasks;
import dev.inlay.tuning.method.HeadOnly;
import dev.inlay.tuning.method.Lora;
import java.awt.image.BufferedImage;
import java.io.File;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The library as another program has it: in a JVM without the optional dependencies and without those of the tests. */
class EmbeddingTest {
    private static final long LARGE = 10 << 20;

    /** A class of each optional dependency. */
    private static final List<String> OPTIONAL_CLASSES = List.of(
            "picocli.CommandLine",
            "me.tongfei.progressbar.ProgressBar",
            "io.micrometer.prometheusmetrics.PrometheusMeterRegistry",
            "io.prometheus.metrics.exporter.httpserver.HTTPServer",
            "io.javalin.Javalin",
            "ch.qos.logback.classic.Logger");

    private static final VitSpec TINY = new VitSpec(16, 16, 8, 8, 1, 2, 16, 0, VitSpec.TIMM_EPS);

    @TempDir
    private Path folder;

    @Test
    void theReadmesProgramRunsOnTheLibraryAlone() throws IOException, InterruptedException {
        writeRandomWeights(folder.resolve("model.safetensors"));
        Files.writeString(folder.resolve("vit.json"), TINY.toJson());
        Files.createDirectories(folder.resolve("configs/run"));
        Files.writeString(
                folder.resolve("configs/run/photos.yaml"),
                """
                threads: 1
                backbone: {spec: ../../vit.json}
                data: {type: folder, split: {validation: 0.25, test: 0.25}}
                method: {rank: 1, budget: 5%}
                sensitivity: {batchSize: 12, batches: 2}
                train: {batchSize: 12}
                """);
        byte[] jpeg = Images.encode(Images.gradient(20, 30, BufferedImage.TYPE_INT_RGB), "jpeg");
        for (String flower : List.of("rose", "tulip")) {
            Path photos = Files.createDirectories(folder.resolve("photos").resolve(flower));
            for (int i = 0; i < 24; i++) {
                Files.write(photos.resolve(i + ".jpg"), jpeg);
            }
        }
        Files.write(folder.resolve("tulip.jpg"), jpeg);

        String printed = LibraryJvm.run(TuneAndPredict.class, folder);

        assertThat(printed)
                .containsPattern("(?m)^test accuracy (0|1)\\.\\d+$")
                .containsPattern("(?m)^tulip\\.jpg: (rose|tulip), 0\\.\\d+$");
        assertThat(folder.resolve("runs/photos"))
                .isDirectoryContaining("glob:**/task.safetensors")
                .isDirectoryContaining("glob:**/metrics.json")
                .isDirectoryContaining("glob:**/report.html");
    }

    @Test
    void aPredictorServesTwoTasksOnTheLibraryAlone() throws IOException, InterruptedException {
        Path weights = folder.resolve("model.safetensors");
        writeRandomWeights(weights);
        try (VisionTransformer vit = new VitFamily().random("custom", TINY, 1)) {
            ServedTasks.write(folder.resolve("birds.safetensors"), vit, new HeadOnly(), 3, 1);
            ServedTasks.write(
                    folder.resolve("moths.safetensors"),
                    vit,
                    new Lora(2, 2, 0, List.of("attn.q", "attn.v"), List.of()),
                    4,
                    2);
        }
        Files.write(
                folder.resolve("wing.jpg"), Images.encode(Images.gradient(20, 30, BufferedImage.TYPE_INT_RGB), "jpeg"));

        assertThat(LibraryJvm.run(ServeTwoTasks.class, folder))
                .containsPattern("(?m)^birds: class [0-2] of 1, 0\\.\\d+$")
                .containsPattern("(?m)^moths: class [0-3] of 2, 0\\.\\d+$")
                .containsPattern("(?m)^2 tasks, 2 requests answered$");
    }

    @Test
    void noOptionalLibraryIsOnTheLibrarysClassPath() throws IOException {
        List<URL> urls = new ArrayList<>();
        for (String entry : LibraryJvm.classPath()) {
            urls.add(Path.of(entry).toUri().toURL());
        }
        try (URLClassLoader library =
                new URLClassLoader(urls.toArray(URL[]::new), ClassLoader.getPlatformClassLoader())) {
            assertThat(OPTIONAL_CLASSES)
                    .noneMatch(name -> has(library, name))
                    .allMatch(name -> has(getClass().getClassLoader(), name));
            assertThat(has(library, "org.bytedeco.pytorch.Tensor")).isTrue();
        }
    }

    @Test
    void everyOptionalAndTestDependencyOfThePomIsLeftOut() throws IOException {
        Matcher dependencies = Pattern.compile("<dependency>(.*?)</dependency>", Pattern.DOTALL)
                .matcher(Files.readString(Path.of("pom.xml")).replaceFirst("(?s)<profiles>.*</profiles>", ""));
        TreeSet<String> others = new TreeSet<>();
        while (dependencies.find()) {
            String dependency = dependencies.group(1);
            if (dependency.contains("<optional>true</optional>") || dependency.contains("<scope>test</scope>")) {
                others.add(dependency.replaceAll("(?s).*<artifactId>(.*?)</artifactId>.*", "$1"));
            }
        }
        assertThat(others).isNotEmpty().allMatch(LibraryJvm::isLeftOut);
    }

    /** What the main part of the POM has, {@code bin/inlay} downloads even for tests. */
    @Test
    void noLargeLibraryOfTestsIsDownloadedByTheFirstCommand() throws IOException {
        String always = Files.readString(Path.of("pom.xml")).replaceFirst("(?s)<profiles>.*</profiles>", "");
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
            Path jar = Path.of(entry);
            String name = jar.getFileName().toString().replaceFirst("-[0-9].*", "");
            if (LibraryJvm.isLeftOut(name) && Files.isRegularFile(jar) && Files.size(jar) > LARGE) {
                assertThat(always).as(entry).doesNotContain("<artifactId>" + name + "</artifactId>");
            }
        }
    }

    private static void writeRandomWeights(Path file) {
        try (VisionTransformer vit = new VitFamily().random("custom", TINY, 1)) {
            SafeTensorsWriter.write(
                    file,
                    vit.parameters().entrySet().stream()
                            .map(parameter -> StoredTensors.entry(parameter.getKey(), parameter.getValue()))
                            .toList(),
                    Map.of());
        }
    }

    private static boolean has(ClassLoader loader, String name) {
        try {
            Class.forName(name, false, loader);
            return true;
        } catch (ClassNotFoundException e) {
            return false;
        }
    }
}
