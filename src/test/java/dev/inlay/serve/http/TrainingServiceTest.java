package dev.inlay.serve.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.inlay.backbone.vit.VisionTransformer;
import dev.inlay.data.RawImage;
import dev.inlay.data.builtin.BuiltinDataset;
import dev.inlay.data.builtin.BuiltinTasks;
import dev.inlay.data.image.ImageLimits;
import dev.inlay.golden.Golden;
import dev.inlay.serve.ServingOptions;
import dev.inlay.serve.TrainingOptions;
import dev.inlay.serve.http.RunningService.Reply;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Tasks made from labelled images, over HTTP. */
@Timeout(180)
class TrainingServiceTest {
    /** Small limits: 1 job waiting, 256 KiB, 12 images of 3 classes, 10,000 pixels. */
    private static final TrainingOptions TIGHT = limited(1 << 18, ImageLimits.DEFAULT.withMaxPixels(10_000));

    private static final int SIZE = 48;
    private static final List<String> LABELS = List.of("first, 'quoted'", "żółty 2");

    @TempDir
    private Path home;

    private static VisionTransformer vit;
    private static final List<List<byte[]>> IMAGES = List.of(new ArrayList<>(), new ArrayList<>());

    @BeforeAll
    static void open() {
        vit = Golden.vit();
        BuiltinDataset drawn =
                new BuiltinDataset(BuiltinTasks.named("texture"), BuiltinDataset.Split.TRAIN, 3, 60, SIZE);
        for (int i = 0; i < drawn.size(); i++) {
            if (drawn.label(i) < 2) {
                IMAGES.get(drawn.label(i)).add(png(drawn.image(i)));
            }
        }
    }

    @AfterAll
    static void close() {
        vit.close();
    }

    private static byte[] png(RawImage image) {
        BufferedImage bitmap = new BufferedImage(image.width(), image.height(), BufferedImage.TYPE_INT_RGB);
        byte[] rgb = image.rgb();
        for (int i = 0; i < image.width() * image.height(); i++) {
            int colour = (rgb[3 * i] & 0xff) << 16 | (rgb[3 * i + 1] & 0xff) << 8 | rgb[3 * i + 2] & 0xff;
            bitmap.setRGB(i % image.width(), i / image.width(), colour);
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try {
            ImageIO.write(bitmap, "png", out);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }

    private Path tasks() {
        return home.resolve("tasks");
    }

    private static TrainingOptions limited(int maxBodyBytes, ImageLimits images) {
        return new TrainingOptions(1, maxBodyBytes, 12, 3, images, 1_000_000, 1);
    }

    private RunningService start(TrainingOptions options) {
        HttpOptions http = HttpServiceTest.on("localhost", 64, HttpOptions.DEFAULT.idle());
        return new RunningService(vit, tasks(), ServingOptions.DEFAULT, http, options);
    }

    private static String image(String label, byte[] bytes) {
        return "{\"label\": \"" + label + "\", \"image\": \"" + RunningService.base64(bytes) + "\"}";
    }

    private static String json(String more, String... images) {
        return "{\"images\": [" + String.join(", ", images) + "]" + more + "}";
    }

    private static String two(String more) {
        return json(
                more, image("a", IMAGES.get(0).get(0)), image("b", IMAGES.get(1).get(0)));
    }

    private static String form(int images) {
        StringBuilder form = new StringBuilder();
        for (int i = 0; i < images; i++) {
            for (int label = 0; label < 2; label++) {
                String name = new String(LABELS.get(label).getBytes(UTF_8), ISO_8859_1);
                form.append("--b\r\nContent-Disposition: form-data; name=\"")
                        .append(name)
                        .append("\"; filename=\"../../etc/x")
                        .append(i)
                        .append(".png\"\r\n\r\n")
                        .append(new String(IMAGES.get(label).get(i), ISO_8859_1))
                        .append("\r\n");
            }
        }
        return form + "--b--\r\n";
    }

    private static JsonNode awaitOver(RunningService running, String id) {
        while (true) {
            JsonNode job = running.training(id).json();
            String state = job.get("state").asText();
            if (!state.equals("queued") && !state.equals("running")) {
                return job;
            }
            pause();
        }
    }

    private static void awaitRunning(RunningService running, String id) {
        JsonNode job = running.training(id).json();
        while (!job.at("/progress/phase").asText().equals("train")
                || job.at("/progress/total").asInt() < 1000
                || job.at("/progress/done").asInt() < 2) {
            assertThat(job.get("state").asText()).isIn("queued", "running");
            pause();
            job = running.training(id).json();
        }
    }

    private static void pause() {
        try {
            Thread.sleep(20);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private List<String> jobs() throws IOException {
        try (Stream<Path> entries = Files.list(tasks().resolve(".training"))) {
            return entries.map(entry -> entry.getFileName().toString())
                    .filter(name -> !name.startsWith("."))
                    .toList();
        }
    }

    private static void assertKnowsItsImages(RunningService running, String id, List<String> labels, int images) {
        for (int label = 0; label < 2; label++) {
            for (int i = 0; i < images; i++) {
                assertThat(running.predict(id, IMAGES.get(label).get(i)).label(0))
                        .isEqualTo(labels.get(label));
            }
        }
    }

    @Test
    void aTaskIsMadeFromJson() throws IOException {
        try (RunningService running = start(TIGHT)) {
            Reply accepted = running.train("new", "application/json", two(""));
            assertThat(accepted.status()).as(accepted.text()).isEqualTo(202);
            assertThat(accepted.header("Location")).isEqualTo("/v1/tasks/new/train");
            assertThat(accepted.json().get("state").asText()).isEqualTo("queued");
            JsonNode job = awaitOver(running, "new");
            assertThat(job.get("state").asText()).as(job.toString()).isEqualTo("done");
            assertThat(job.at("/metrics/train.top1").asDouble()).isEqualTo(1);
            assertThat(job.at("/metrics").has("heldOut.top1")).isFalse();
            assertKnowsItsImages(running, "new", List.of("a", "b"), 1);
            assertThat(running.get("/v1/tasks/new")
                            .json()
                            .at("/metrics/train.top1")
                            .asDouble())
                    .isEqualTo(1);
            assertThat(running.get("/v1/tasks/new").json().get("metrics").has("test.top1"))
                    .isFalse();
            assertThat(running.cancelTraining("new").status()).isEqualTo(404);
        }
        try (Stream<Path> left = Files.walk(tasks().resolve(".training"))) {
            assertThat(left.filter(Files::isRegularFile)
                            .map(file -> file.getFileName().toString()))
                    .containsExactlyInAnyOrder("job.json", "ending.json", ".lock");
        }
        try (RunningService running = start(TIGHT)) {
            assertKnowsItsImages(running, "new", List.of("a", "b"), 1);
            assertThat(running.training("new").json().get("state").asText()).isEqualTo("done");
            assertThat(running.train("new", "application/json", two("")).status())
                    .isEqualTo(202);
            assertThat(awaitOver(running, "new").get("state").asText()).isEqualTo("done");
            assertThat(jobs()).hasSize(1);
        }
    }

    @Test
    void aTaskIsMadeFromAFormAndJudgedByImagesHeldOut() {
        try (RunningService running = start(TIGHT)) {
            Reply accepted = running.train("new?epochs=200&seed=4", "multipart/form-data; boundary=b", form(4));
            assertThat(accepted.status()).as(accepted.text()).isEqualTo(202);
            assertThat(accepted.json().get("epochs").asInt()).isEqualTo(200);
            JsonNode job = awaitOver(running, "new");
            assertThat(job.get("state").asText()).as(job.toString()).isEqualTo("done");
            assertThat(job.at("/metrics/heldOut.images").asInt()).isEqualTo(2);
            assertThat(job.at("/metrics/heldOut.top1").isNumber()).isTrue();
            assertThat(job.at("/metrics/train.images").asInt()).isEqualTo(8);
            assertThat(job.at("/metrics/train.top1").asDouble()).isEqualTo(1);
            assertKnowsItsImages(running, "new", LABELS, 4);
        }
    }

    @Test
    void aTaskIsMadeBySensitivityAwareTuning() {
        try (RunningService running = start(TIGHT)) {
            assertThat(running.train("new", "application/json", two(", \"method\": \"spt\", \"epochs\": 20"))
                            .status())
                    .isEqualTo(202);
            JsonNode job = awaitOver(running, "new");
            assertThat(job.get("state").asText()).as(job.toString()).isEqualTo("done");
            assertThat(running.get("/v1/tasks/new").json().get("method").asText())
                    .isEqualTo("spt");
            assertKnowsItsImages(running, "new", List.of("a", "b"), 1);
        }
    }

    @Test
    void badRequestsLeaveNothingBehind() throws IOException {
        try (RunningService running = start(TIGHT)) {
            byte[] good = IMAGES.get(0).get(0);
            String a = image("a", good);
            String b = image("b", good);
            refused(running, 400, "at least 2 classes", json("", a, a));
            refused(running, 400, "at least 2 classes", json(""));
            refused(running, 400, "'c' has no image", json(", \"classes\": [\"a\", \"b\", \"c\"]", a, b));
            refused(running, 400, "none of the classes", json(", \"classes\": [\"a\", \"c\"]", a, b));
            refused(running, 400, "listed twice", json(", \"classes\": [\"a\", \"b\", \"a\"]", a, b));
            refused(running, 400, "3 classes", json("", a, b, image("c", good), image("d", good)));
            String[] many = new String[13];
            Arrays.fill(many, a);
            many[0] = b;
            refused(running, 400, "12 images", json("", many));
            refused(running, 400, "epochs", json(", \"epochs\": 1000001", a, b));
            refused(running, 400, "epochs", json(", \"epochs\": 0", a, b));
            refused(running, 400, "seed", json(", \"seed\": -1", a, b));
            refused(running, 400, "method", json(", \"method\": \"full\"", a, b));
            refused(running, 400, "found other JSON", json(", \"rank\": 4", a, b));
            refused(running, 400, "found other JSON", "{");
            refused(running, 400, "one line", json("", a, image("b\\n", good)));
            refused(running, 400, "one line", json("", a, image("x".repeat(101), good)));
            refused(running, 422, "images[1]", json("", a, image("b", new byte[] {1, 2, 3})));
            byte[] large = png(new RawImage(101, 100, new byte[3 * 101 * 100]));
            refused(running, 422, "images[1]", json("", a, image("b", large)));
            refused(running, 413, "longer", json("", a, image("b", new byte[1 << 18])));
            assertThat(running.train("new?epochs=3", "application/json", json(", \"epochs\": 3", a, b))
                            .detail())
                    .contains("twice");
            assertThat(running.train("new?rank=3", "application/json", two("")).status())
                    .isEqualTo(400);
            assertThat(running.train("new", "image/png", "x").status()).isEqualTo(415);
            assertThat(running.train("..", "application/json", two("")).status())
                    .isIn(400, 404);
            assertThat(running.train("%2e%2ex", "application/json", two("")).status())
                    .isEqualTo(400);
            assertThat(running.training("new").status()).isEqualTo(404);
            assertThat(running.cancelTraining("new").status()).isEqualTo(404);
            assertThat(jobs()).isEmpty();
            try (Stream<Path> left = Files.list(tasks())) {
                assertThat(left).hasSize(1);
            }
        }
    }

    /** A PNG that has more chunks than a run takes where nothing else is said, and passes every other limit. */
    private static byte[] inChunks(byte[] png, int chunks) {
        int afterHeader = 33;
        byte[] empty = {0, 0, 0, 0, 't', 'E', 'X', 't', (byte) 0x96, 'B', (byte) 0xc5, (byte) 0x85};
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.write(png, 0, afterHeader);
        for (int i = 0; i < chunks; i++) {
            all.writeBytes(empty);
        }
        all.write(png, afterHeader, png.length - afterHeader);
        return all.toByteArray();
    }

    @Test
    void everyLimitOfImagesHoldsForRequestsAndTheirTrainings() throws IOException {
        byte[] many = inChunks(IMAGES.get(0).get(0), ImageLimits.DEFAULT.maxChunks() + 1);
        String body = json("", image("a", many), image("b", IMAGES.get(1).get(0)));
        try (RunningService running = start(limited(1 << 22, ImageLimits.DEFAULT))) {
            refused(running, 422, "more than the limit of 100000 chunks", body);
            assertThat(jobs()).isEmpty();
        }
        ImageLimits wide = new ImageLimits(10_000, 3_000_000, 100, 2 * ImageLimits.DEFAULT.maxChunks());
        try (RunningService running = start(limited(1 << 22, wide))) {
            assertThat(running.train("new", "application/json", body).status()).isEqualTo(202);
            JsonNode job = awaitOver(running, "new");
            assertThat(job.get("state").asText()).as(job.toString()).isEqualTo("done");
        }
        ImageLimits narrow = new ImageLimits(10_000, 1_000_000, 100, wide.maxChunks());
        try (RunningService running = start(limited(1 << 22, narrow))) {
            refused(running, 422, "images[0]", body);
        }
    }

    @Test
    void aJobGoesOnUnderTheLimitsThatItsImagesWereAcceptedUnder() throws IOException {
        try (RunningService running = start(TIGHT)) {
            running.train("one", "application/json", two(", \"epochs\": 4000"));
            awaitRunning(running, "one");
        }
        try (RunningService running = start(limited(1 << 18, new ImageLimits(1, 1, 1, 1)))) {
            JsonNode job = awaitOver(running, "one");
            assertThat(job.get("state").asText()).as(job.toString()).isEqualTo("done");
        }
    }

    @Test
    void pagesOfOtherSitesTrainNothing() throws IOException {
        try (RunningService running = start(TIGHT)) {
            String own = "http://localhost:" + running.service.port();
            assertThat(fromPage(running, "http://evil.example")).isEqualTo(403);
            assertThat(fromPage(running, "null")).isEqualTo(403);
            assertThat(jobs()).isEmpty();
            assertThat(fromPage(running, own)).isEqualTo(202);
        }
    }

    private static int fromPage(RunningService running, String origin) {
        return running.send(
                        "POST",
                        "/v1/tasks/new/train",
                        BodyPublishers.ofString(form(1), ISO_8859_1),
                        Map.of("Content-Type", "multipart/form-data; boundary=b", "Origin", origin))
                .status();
    }

    private static void refused(RunningService running, int status, String detail, String body) {
        Reply reply = running.train("new", "application/json", body);
        assertThat(reply.status()).as(reply.text()).isEqualTo(status);
        assertThat(reply.detail()).contains(detail);
    }

    @Test
    void jobsWaitAreCancelledAndRefusedWhilePredictionsGoOn() throws IOException {
        try (RunningService running = start(TIGHT)) {
            running.put("a", running.task(1));
            String endless = two(", \"epochs\": 1000000");
            assertThat(running.train("a", "application/json", endless).status()).isEqualTo(202);
            awaitRunning(running, "a");
            assertThat(running.train("b", "application/json", endless).status()).isEqualTo(202);
            Reply full = running.train("c", "application/json", endless);
            assertThat(full.status()).isEqualTo(429);
            assertThat(full.header("Retry-After")).isEqualTo("10");
            assertThat(running.train("a", "application/json", endless).status()).isEqualTo(409);
            assertThat(running.train("b", "application/json", endless).status()).isEqualTo(409);
            assertThat(running.training("b").json().get("state").asText()).isEqualTo("queued");
            JsonNode before = running.training("a").json();
            assertThat(before.at("/progress/phase").asText()).isEqualTo("train");
            assertThat(before.at("/progress/secondsLeft").isMissingNode())
                    .as("a moment of a million epochs tells nothing yet")
                    .isTrue();
            for (int i = 0; i < 20; i++) {
                assertThat(running.predict("a", RunningService.photo()).label(0))
                        .endsWith("of 1");
            }
            JsonNode after = running.training("a").json();
            assertThat(after.at("/progress/done").asLong())
                    .isGreaterThan(before.at("/progress/done").asLong());
            assertThat(running.cancelTraining("b").status()).isEqualTo(204);
            assertThat(running.cancelTraining("a").status()).isEqualTo(204);
            assertThat(running.cancelTraining("a").status()).isEqualTo(404);
            assertThat(running.training("a").json().get("state").asText()).isEqualTo("cancelled");
            assertThat(running.train("b", "application/json", two("")).status()).isEqualTo(202);
            assertThat(awaitOver(running, "b").get("state").asText()).isEqualTo("done");
            assertThat(running.predict("a", RunningService.photo()).label(0)).endsWith("of 1");
            assertKnowsItsImages(running, "b", List.of("a", "b"), 1);
        }
    }

    @Test
    void aJobThatTheEndOfTheServiceInterruptsGoesOnAtItsNextStart() throws IOException {
        int epochs = 4000;
        try (RunningService running = start(TIGHT)) {
            assertThat(running.train("one", "application/json", two(", \"epochs\": " + epochs))
                            .status())
                    .isEqualTo(202);
            awaitRunning(running, "one"); // and so no longer in the queue, which has one place
            assertThat(running.train("two", "application/json", two("")).status())
                    .isEqualTo(202);
        }
        assertThat(tasks().resolve("one.safetensors")).doesNotExist();
        assertThat(jobs()).hasSize(2);
        Path journal = tasks().resolve(".training")
                .resolve(jobs().stream().sorted().findFirst().orElseThrow());
        assertThat(journal.resolve("all/journal.safetensors")).exists();
        try (RunningService running = start(TIGHT)) {
            assertThat(awaitOver(running, "one").get("state").asText()).isEqualTo("done");
            assertThat(awaitOver(running, "two").get("state").asText()).isEqualTo("done");
            assertKnowsItsImages(running, "one", List.of("a", "b"), 1);
            assertKnowsItsImages(running, "two", List.of("a", "b"), 1);
        }
    }

    @Test
    void aJobThatEndsTheProcessAgainAndAgainIsGivenUp() throws IOException {
        try (RunningService running = start(TIGHT)) {
            running.train("one", "application/json", two(", \"epochs\": 1000000"));
            awaitRunning(running, "one");
        }
        Path job = tasks().resolve(".training").resolve(jobs().get(0));
        Files.write(job.resolve("starts"), new byte[3]);
        try (RunningService running = start(TIGHT)) {
            JsonNode over = awaitOver(running, "one");
            assertThat(over.get("state").asText()).isEqualTo("failed");
            assertThat(over.get("problem").asText()).contains("3 times");
            assertThat(running.get("/v1/tasks/one").status()).isEqualTo(404);
        }
    }

    @Test
    void aJobWhoseImagesAreGoneFailsAndTheOldTaskGoesOn() throws IOException {
        Path job;
        try (RunningService running = start(TIGHT)) {
            running.put("one", running.task(1));
            running.train("one", "application/json", two(", \"epochs\": 1000000"));
            awaitRunning(running, "one");
            job = tasks().resolve(".training").resolve(jobs().get(0));
        }
        Files.delete(job.resolve("images/000001"));
        try (RunningService running = start(TIGHT)) {
            JsonNode over = awaitOver(running, "one");
            assertThat(over.get("state").asText()).isEqualTo("failed");
            assertThat(over.get("problem").asText()).contains("000001").doesNotContain(home.toString());
            assertThat(running.predict("one", RunningService.photo()).label(0)).endsWith("of 1");
        }
    }

    @Test
    void aServiceThatDoesNotTrainSaysSo() {
        try (RunningService running = start(TIGHT);
                HttpService other = new HttpService(
                        running.predictor,
                        running.tasks,
                        Optional.empty(),
                        HttpServiceTest.on("localhost", 64, HttpOptions.DEFAULT.idle()),
                        new SimpleMeterRegistry(),
                        () -> "")) {
            assertThat(statusOf(other.url() + "v1/tasks/a/train")).isEqualTo(404);
        }
    }

    private static int statusOf(String url) {
        try {
            return HttpClient.newHttpClient()
                    .send(HttpRequest.newBuilder(URI.create(url)).build(), BodyHandlers.discarding())
                    .statusCode();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
