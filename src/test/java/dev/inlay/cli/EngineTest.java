package dev.inlay.cli;

import static dev.inlay.cli.Cli.inlay;
import static org.assertj.core.api.Assertions.assertThat;

import dev.inlay.error.Host;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code --engine}, and predictions into a folder, without the artifact of Spark. */
class EngineTest {
    private static final String CONFIG =
            """
            threads: 1
            data: {type: builtin, task: orientation, train: 32, validation: 0, test: 16}
            baselines: {linear: false}
            train: {epochs: 1, batchSize: 16}
            method: {type: bias}
            """;

    private static final Path PHOTO = Path.of("src/test/resources/golden/transforms/photo_61x47.png");

    @TempDir
    private Path folder;

    @Test
    void anEngineThatIsNotThereSaysHowToGetIt() {
        for (String command : List.of("compare", "suite")) {
            String config =
                    command.equals("compare") ? "configs/compare/builtin.yaml" : "configs/benchmark/structured-8.yaml";
            Cli missing = inlay(command, config, "--out", folder.resolve("out"), "--engine", "spark");
            assertThat(missing.code()).isEqualTo(2);
            assertThat(missing.complaint())
                    .contains("--engine spark: its artifact, dev.inlay:inlay-spark, is not on the class path")
                    .contains("mvn -f spark/pom.xml -DskipTests package");
        }
        assertThat(folder.resolve("out").resolve("runs")).doesNotExist();
        Cli master = inlay("compare", "configs/compare/builtin.yaml", "--out", folder, "--master", "local[*]");
        assertThat(master.code()).isEqualTo(2);
        assertThat(master.complaint()).contains("--master goes with --engine spark");
    }

    @Test
    void predictsIntoAFolderAndGoesOn() throws IOException {
        Path config = Files.writeString(folder.resolve("run.yaml"), CONFIG);
        assertThat(inlay("tune", config, "--out", folder.resolve("run")).code()).isZero();
        Path task = folder.resolve("run/task.safetensors");
        Path photos = Files.createDirectories(folder.resolve("photos"));
        for (int i = 0; i < 6; i++) {
            Files.copy(PHOTO, photos.resolve(i + ".png"));
        }
        Files.writeString(photos.resolve("broken.png"), "no image");
        Path out = folder.resolve("out");

        Cli first = inlay("predict", "--task", task, "--out", out, "--partition", "2", photos);
        assertThat(first.code()).as(first.err()).isZero();
        assertThat(first.out()).startsWith("7 images predicted, 1 of them unusable; 0 had been predicted before");
        List<String> lines = lines(out);
        assertThat(lines).hasSize(7);
        Files.delete(photos.resolve("broken.png"));
        Cli printed = inlay("predict", "--task", task, photos);
        Cli csv = inlay("predict", "--task", task, "--format", "csv", "--top-k", "3", "--logits", photos);
        assertThat(csv.out().lines()).first().isEqualTo("path,label,score,label2,score2,label3,score3,logits");
        assertThat(csv.out().lines().skip(1)).hasSize(6).allSatisfy(line -> {
            String[] cells = line.split(",");
            assertThat(cells).hasSize(8);
            assertThat(Double.parseDouble(cells[2])).isGreaterThanOrEqualTo(Double.parseDouble(cells[4]));
            assertThat(Double.parseDouble(cells[4])).isGreaterThanOrEqualTo(Double.parseDouble(cells[6]));
        });
        Cli many = inlay("predict", "--task", task, "--format", "csv", "--top-k", "99", photos.resolve("0.png"));
        assertThat(many.out()).contains("label8,score8\n").doesNotContain("label9");
        assertThat(lines.stream().map(EngineTest::withoutScore))
                .containsAll(printed.out().lines().map(EngineTest::withoutScore).toList());

        Files.copy(PHOTO, photos.resolve("new.png"));
        Cli second = inlay("predict", "--task", task, "--out", out, "--partition", "2", photos);
        assertThat(second.out()).startsWith("1 images predicted, 0 of them unusable; 6 had been predicted before");
        assertThat(lines(out)).hasSize(8).containsAll(lines);
        assertThat(Set.copyOf(lines(out))).hasSize(8);

        Cli other = inlay("predict", "--task", task, "--out", out, "--top-k", "2", photos);
        assertThat(other.code()).isEqualTo(2);
        assertThat(other.complaint()).contains("holds predictions of another task or with other options");
        Cli parquet = inlay("predict", "--task", task, "--out", out, "--format", "parquet", photos);
        assertThat(parquet.code()).isEqualTo(2);
        assertThat(parquet.complaint()).contains("--format parquet cannot be written into a folder");
        Path table = Files.writeString(folder.resolve("images.parquet"), "");
        Cli read = inlay("predict", "--task", task, "--out", out, table);
        assertThat(read.code()).isEqualTo(2);
        assertThat(read.complaint()).contains("dev.inlay:inlay-spark reads such files");
    }

    @Test
    void whatCannotBeOpenedIsCountedAndTriedAgain() throws IOException {
        Path config = Files.writeString(folder.resolve("run.yaml"), CONFIG);
        assertThat(inlay("tune", config, "--out", folder.resolve("run")).code()).isZero();
        Path task = folder.resolve("run/task.safetensors");
        Files.copy(PHOTO, folder.resolve("there.png"));
        Path list = Files.writeString(folder.resolve("list.txt"), "there.png\nlate.png\nnever.png\n");
        Path out = folder.resolve("out");

        Cli first = inlay("predict", "--task", task, "--out", out, list);
        assertThat(first.code()).isEqualTo(3);
        assertThat(first.out()).startsWith("1 images predicted, 0 of them unusable; 0 had been predicted before");
        assertThat(first.complaint())
                .contains("2 images could not be opened")
                .contains("the same command tries them again")
                .contains("- 2: there is no such file or folder on " + Host.name() + ", such as "
                        + folder.resolve("late.png"));
        assertThat(lines(out)).hasSize(1);

        Files.copy(PHOTO, folder.resolve("late.png"));
        Cli second = inlay("predict", "--task", task, "--out", out, list);
        assertThat(second.code()).isEqualTo(3);
        assertThat(second.out()).startsWith("1 images predicted, 0 of them unusable; 1 had been predicted before");
        assertThat(lines(out)).hasSize(2).allMatch(line -> line.contains("\"label\""));

        Cli third = inlay("predict", "--task", task, "--out", out, list);
        assertThat(third.code()).isEqualTo(3);
        assertThat(lines(out)).hasSize(2);
        Files.writeString(folder.resolve("never.png"), "no image");
        Cli fourth = inlay("predict", "--task", task, "--out", out, list);
        assertThat(fourth.code()).as(fourth.err()).isZero();
        assertThat(fourth.out()).startsWith("1 images predicted, 1 of them unusable; 2 had been predicted before");
    }

    /** The last bits of a score may depend on the batch. */
    private static String withoutScore(String line) {
        return line.replaceAll(",\"score\":[^,}]*", "");
    }

    private static List<String> lines(Path out) throws IOException {
        try (Stream<Path> files = Files.walk(out)) {
            return files.filter(file -> file.toString().endsWith(".jsonl"))
                    .flatMap(EngineTest::linesOf)
                    .toList();
        }
    }

    private static Stream<String> linesOf(Path file) {
        try {
            return Files.readAllLines(file).stream();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
