package dev.inlay.cli;

import static dev.inlay.cli.Cli.inlay;
import static org.assertj.core.api.Assertions.assertThat;

import dev.inlay.data.Images;
import dev.inlay.record.MetricsFile;
import dev.inlay.record.RunRecord;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What was found in folders and lists and is not used is counted, and said wherever a run speaks; nothing is lost without a word. */
class FoundAndNotUsedTest {
    @TempDir
    private Path folder;

    private Path photos;
    private Path run;

    @BeforeEach
    void writeConfigAndImages() throws IOException {
        Files.writeString(
                folder.resolve("run.yaml"),
                """
                threads: 1
                data: {type: folder, root: photos, workers: 1}
                method: {type: linear}
                train: {epochs: 1, batchSize: 16}
                baselines: {linear: false}
                """);
        photos = folder.resolve("photos");
        run = folder.resolve("run");
        for (int i = 0; i < 10; i++) {
            image("cat/" + i + ".png", 10 + i);
            image("dog/" + i + ".png", 200 + i);
        }
    }

    @Test
    void theTerminalTheLogTheReportAndTheMetricsSayIt() throws IOException {
        image("cat/more/of/them.png", 30);
        Images.write(photos.resolve("cat/phone.heic"), "x");
        Images.write(photos.resolve("cat/Thumbs.db"), "x");
        Files.createSymbolicLink(photos.resolve("dog/gone.png"), Path.of("nowhere"));
        PrintStream terminal = System.err;
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        Cli tune;
        try {
            System.setErr(new PrintStream(said, true, StandardCharsets.UTF_8));
            tune = tune();
        } finally {
            System.setErr(terminal);
        }
        RunRecord record = done(tune);
        assertThat(record.warnings())
                .containsExactly(
                        photos
                                + ": not used: 1 image in a format that is not decoded, cat/phone.heic; convert to PNG or"
                                + " JPEG",
                        photos + ": not used: 1 hidden file or file of the system, cat/Thumbs.db",
                        photos + ": not used: 1 link that leads nowhere, dog/gone.png; mend or remove");
        for (String warning : record.warnings()) {
            assertThat(said.toString(StandardCharsets.UTF_8)).contains("WARN: " + warning);
            assertThat(run.resolve("run.log")).content().contains(warning);
            assertThat(run.resolve("report.html")).content().contains(warning);
        }
        assertThat(record.data().train()
                        + record.data().validation()
                        + record.data().test())
                .isEqualTo(21);
    }

    @Test
    void badImagesOfAllSplitsComeInOneList() throws IOException {
        for (String split : List.of("train", "val", "test")) {
            image(split + "/cat/a.png", 50 + split.charAt(1) % 30);
            image(split + "/dog/a.png", 100 + split.charAt(1) % 30);
            Images.write(photos.resolve(split + "/cat/" + split + ".png"), "no image");
        }
        Cli tune = tune();
        assertThat(tune.code()).isEqualTo(3);
        assertThat(tune.complaint())
                .contains("3 images cannot be used", "data.onBadImage: skip", "train.png", "val.png", "test.png");
        assertThat(run.resolve("metrics.json")).doesNotExist();
    }

    @Test
    void skippedImagesAreCountedByReasonAndAClassWithoutAnyIsRefused() throws IOException {
        Images.write(photos.resolve("cat/bad1.png"), "no image");
        Images.write(photos.resolve("cat/bad2.png"), "no image either");
        Images.write(photos.resolve("dog/empty.png"), new byte[0]);
        RunRecord record = done(tune("data.onBadImage=skip"));
        assertThat(record.data().skipped()).isEqualTo(3);
        assertThat(record.warnings())
                .anySatisfy(warning -> assertThat(warning)
                        .startsWith("2 images skipped (data.onBadImage: skip), such as cat/bad1.png: not an image"))
                .anySatisfy(warning ->
                        assertThat(warning).startsWith("1 image skipped").contains("dog/empty.png"));

        assertThat(run.resolve("run.log"))
                .content()
                .contains("skipped: " + photos.resolve("cat/bad1.png"), "skipped: " + photos.resolve("cat/bad2.png"));

        for (int i = 0; i < 3; i++) {
            Images.write(photos.resolve("owl/" + i + ".png"), "no image");
        }
        run = folder.resolve("another");
        Cli emptied = tune("data.onBadImage=skip");
        assertThat(emptied.code()).isEqualTo(3);
        assertThat(emptied.complaint()).contains("no image is left of owl", "owl/2.png");
    }

    @Test
    void withoutATestFolderTheTestIsDrawnAndWithoutAnyTheReasonIsSaid() throws IOException {
        Files.move(photos, folder.resolve("moved"));
        Files.createDirectory(photos);
        Files.move(folder.resolve("moved"), photos.resolve("Train"));
        image("Val/cat/a.png", 77);
        RunRecord record = done(tune("data.split.test=0.3"));
        assertThat(record.data().test()).isEqualTo(6);
        assertThat(record.data().validation()).isEqualTo(1);
        assertThat(record.warnings())
                .containsExactly(photos + ": has no folder test, so 6 of the 20 images of train are the test split"
                        + " (data.split.test: 0.3)");
        run = folder.resolve("another");
        Cli none = tune("data.split.test=0");
        assertThat(none.code()).isEqualTo(2);
        assertThat(none.complaint()).contains("no test split", "data.split.test is 0", "no folder test");
    }

    @Test
    void oneClassIsRefusedWhereverItIsListed() throws IOException {
        Cli high = tune("data.root=" + folder);
        assertThat(high.code()).isEqualTo(3);
        assertThat(high.complaint()).contains("one class only, photos", "(cat, dog)", "set data.root to " + photos);
        Path list =
                Files.writeString(photos.resolve("list.csv"), "path,label\ncat/0.png,x\ncat/1.png,x\ncat/2.png,x\n");
        Cli csv = tune("data={type: csv, file: " + list + "}");
        assertThat(csv.code()).isEqualTo(3);
        assertThat(csv.complaint()).contains("one class only", "x");
    }

    @Test
    void aRunInTheFolderOfItsImagesIsNoClassOfThem() throws IOException {
        run = photos.resolve("runs/first");
        assertThat(done(tune()).data().classes()).isEqualTo(2);
        assertThat(tune().code()).isZero();
        run = photos.resolve("runs/second");
        RunRecord second = done(tune());
        assertThat(second.data().classes()).isEqualTo(2);
        assertThat(second.warnings())
                .containsExactly(photos + ": not used: 2 folders of Inlay's own output, such as runs/first");
    }

    @Test
    @Timeout(value = 60, unit = TimeUnit.SECONDS)
    void predictTakesTheImagesOfAFolderAndPassesOverTheRest() throws Exception {
        done(tune());
        image("cat/deep/er.png", 3);
        Images.write(photos.resolve(".DS_Store"), "x");
        Images.write(photos.resolve("notes.txt"), "x");
        Images.png(photos.resolve(".ipynb_checkpoints/0-checkpoint.png"));
        Files.createSymbolicLink(photos.resolve("up"), Path.of(".."));
        new ProcessBuilder("mkfifo", photos.resolve("pipe.png").toString())
                .start()
                .waitFor();
        Path link = Files.createSymbolicLink(folder.resolve("link"), photos);
        Cli printed = predict(link);
        assertThat(printed.code()).as(printed.err()).isZero();
        assertThat(printed.out().lines()).hasSize(21).allMatch(line -> line.contains(link.toString()));
        assertThat(printed.out()).contains("cat/deep/er.png");

        Path out = photos.resolve("predicted");
        Cli first = predict("--out", out, photos);
        assertThat(first.out()).as(first.err()).startsWith("21 images predicted, 0 of them unusable; 0 had been");
        Cli second = predict("--out", out, photos);
        assertThat(second.out()).startsWith("0 images predicted, 0 of them unusable; 21 had been");
        assertThat(predict(photos).out().lines()).hasSize(21);
    }

    @Test
    void predictRefusesWhatHoldsNoImages() throws IOException {
        done(tune());
        Path empty = Files.createDirectories(folder.resolve("empty"));
        for (Cli refused : List.of(predict(empty), predict("--out", folder.resolve("out"), empty))) {
            assertThat(refused.code()).isEqualTo(3);
            assertThat(refused.complaint()).contains(empty + ": no images in this folder or below it");
        }
        assertThat(predict(folder.resolve("gone")).complaint()).contains("gone does not exist");
        assertThat(folder.resolve("out")).doesNotExist();
    }

    @Test
    void listsToPredictAreReadAsPeopleAndSystemsWriteThem() throws IOException {
        done(tune());
        Path list = folder.resolve("list.txt");
        Files.writeString(
                list, "\ufeffphotos/cat/0.png\r\n\r\n./photos\\cat\\1.png \r\n" + photos.resolve("dog/2.png") + "\r\n");
        Path out = folder.resolve("out");
        Cli predicted = predict("--out", out, list);
        assertThat(predicted.out()).as(predicted.err()).startsWith("3 images predicted, 0 of them unusable");
        List<String> rows = new ArrayList<>();
        try (Stream<Path> files = Files.walk(out)) {
            for (Path file :
                    files.filter(name -> name.toString().endsWith(".jsonl")).toList()) {
                rows.addAll(Files.readAllLines(file));
            }
        }
        assertThat(rows)
                .hasSize(3)
                .anyMatch(row -> row.contains("\"" + photos.resolve("cat/0.png") + "\""))
                .anyMatch(row -> row.contains("\"" + photos.resolve("cat/1.png") + "\""));

        Files.write(list, "photos/cat/0.png\nphotos/caf\u00e9.png\n".getBytes(StandardCharsets.ISO_8859_1));
        Cli latin = predict("--out", out, list);
        assertThat(latin.code()).isEqualTo(3);
        assertThat(latin.complaint()).contains(list + " line 2: the list is not text in UTF-8");
    }

    private Cli tune(String... overrides) {
        return inlay("tune", folder.resolve("run.yaml"), "--out", run, List.of(overrides));
    }

    private RunRecord done(Cli tune) {
        assertThat(tune.code()).as(tune.err()).isZero();
        return MetricsFile.read(run.resolve("metrics.json"));
    }

    private Cli predict(Object... args) {
        List<Object> all = new ArrayList<>(List.of("predict", "--task", folder.resolve("run/task.safetensors")));
        all.addAll(List.of(args));
        return inlay(all.toArray());
    }

    /** An image of a grey of its own. */
    private void image(String name, int grey) throws IOException {
        BufferedImage image = new BufferedImage(16, 16, BufferedImage.TYPE_INT_RGB);
        for (int p = 0; p < 256; p++) {
            image.setRGB(p % 16, p / 16, grey << 16 | grey << 8 | (p + grey) % 256);
        }
        Images.write(photos.resolve(name), Images.encode(image, "png"));
    }
}
