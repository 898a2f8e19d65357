package dev.inlay.serve.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.fasterxml.jackson.databind.JsonNode;
import dev.inlay.backbone.vit.VisionTransformer;
import dev.inlay.data.Mask;
import dev.inlay.data.RawImage;
import dev.inlay.data.image.ExifOrientation;
import dev.inlay.data.image.ImageDecoder;
import dev.inlay.data.image.ImageLimits;
import dev.inlay.data.image.MaskPng;
import dev.inlay.error.ConfigException;
import dev.inlay.error.DeadlineException;
import dev.inlay.golden.Golden;
import dev.inlay.serve.Answer;
import dev.inlay.serve.ServingOptions;
import dev.inlay.serve.http.RunningService.Reply;
import dev.inlay.task.MaskPrediction;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** A service as its clients see it. */
@Timeout(120)
class HttpServiceTest {
    private static final double CLOSE = 1e-4;

    @TempDir
    private Path home;

    private static VisionTransformer vit;

    @BeforeAll
    static void open() {
        vit = Golden.vit();
    }

    @AfterAll
    static void close() {
        vit.close();
    }

    static HttpOptions on(String host, int connections, Duration idle) {
        return on(host, connections, idle, 1_000_000);
    }

    private static HttpOptions on(String host, int connections, Duration idle, long maxPixels) {
        HttpOptions defaults = HttpOptions.DEFAULT;
        return new HttpOptions(
                host,
                0,
                Optional.empty(),
                connections,
                defaults.threads(),
                defaults.maxBodyBytes(),
                defaults.maxTaskBytes(),
                defaults.bodyMemory(),
                defaults.maxImages(),
                ImageLimits.DEFAULT.withMaxPixels(maxPixels),
                defaults.decoders(),
                idle,
                defaults.bodyTime(),
                defaults.notReady(),
                defaults.drain());
    }

    private RunningService start() {
        return start(ServingOptions.DEFAULT);
    }

    private RunningService start(ServingOptions serving) {
        return new RunningService(vit, home.resolve("tasks"), serving, on("localhost", 64, Duration.ofSeconds(30)));
    }

    private static float[] scores(JsonNode image, int classes) {
        float[] scores = new float[classes];
        image.get("top")
                .forEach(entry -> scores[entry.get("index").asInt()] =
                        (float) entry.get("score").asDouble());
        return scores;
    }

    @Test
    void aFailureIsInTheLogUnderItsIdWithTheClientAndTheCause() {
        Logger logger = (Logger) LoggerFactory.getLogger(ProblemResponses.class);
        ListAppender<ILoggingEvent> lines = new ListAppender<>();
        lines.start();
        logger.addAppender(lines);
        try (RunningService running = start()) {
            assertThat(running.put("a", running.task(4)).status()).isEqualTo(201);
            Reply late = running.predict("a?timeoutMillis=1", RunningService.photo());
            assertThat(late.status()).as(late.text()).isEqualTo(504);
            String id = late.detail().replaceFirst(".* under ", "");
            ILoggingEvent line = lines.list.get(0);
            assertThat(line.getFormattedMessage()).isEqualTo("failure " + id);
            assertThat(line.getThrowableProxy().getClassName()).isEqualTo(DeadlineException.class.getName());
            assertThat(line.getMDCPropertyMap()).containsKey("client");
        } finally {
            logger.detachAppender(lines);
        }
    }

    @Test
    void bytesFormsAndJsonGiveTheAnswersOfThePredictor() {
        try (RunningService running = start()) {
            assertThat(running.put("a", running.task(4)).status()).isEqualTo(201);
            RawImage decoded = new ImageDecoder(ExifOrientation.APPLY).decode(RunningService.PHOTO);
            Answer expected = running.predictor.predict("a", decoded).get(0);
            byte[] photo = RunningService.photo();

            JsonNode bytes = running.predict("a?embedding=true", photo).json();
            assertThat(bytes.get("task").asText()).isEqualTo("a");
            assertThat(bytes.get("millis").asDouble()).isPositive();
            JsonNode image = bytes.at("/images/0");
            double[] probabilities = expected.prediction().probabilities();
            for (int c = 0; c < 3; c++) {
                assertThat(scores(image, 3)[c]).isCloseTo((float) probabilities[c], within((float) CLOSE));
            }
            for (String key : List.of("label", "index", "score")) {
                assertThat(image.get(key)).isEqualTo(image.at("/top/0/" + key));
            }
            assertThat(image.get("index").asInt())
                    .isEqualTo(expected.prediction().index());
            assertThat(image.at("/top/0/label").asText())
                    .isEqualTo(expected.prediction().label());
            assertThat(image.get("embedding")).hasSize(expected.embedding().length);
            assertThat(image.get("embedding").get(3).asDouble()).isCloseTo(expected.embedding()[3], within(CLOSE));

            String head = "--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"%s.png\"\r\n\r\n";
            String file = new String(photo, ISO_8859_1) + "\r\n";
            Reply form = running.predictBody(
                    "a?top=1",
                    "multipart/form-data; boundary=b",
                    head.formatted("one") + file + head.formatted("two") + file + "--b--\r\n");
            assertThat(form.status()).as(form.text()).isEqualTo(200);
            assertThat(form.json().get("images")).hasSize(2);
            assertThat(form.json().at("/images/0/name").asText()).isEqualTo("one.png");
            assertThat(form.json().at("/images/1/name").asText()).isEqualTo("two.png");
            assertThat(form.json().at("/images/1/top")).hasSize(1);
            assertThat(form.label(1)).isEqualTo(expected.prediction().label());

            String base64 = "\"" + RunningService.base64(photo) + "\"";
            Reply json = running.predictBody(
                    "a", "application/json; charset=utf-8", "{\"images\": [" + base64 + ", " + base64 + "]}");
            assertThat(json.json().get("images")).hasSize(2);
            assertThat(json.label(1)).isEqualTo(expected.prediction().label());
            assertThat(json.json().at("/images/0/embedding").isMissingNode()).isTrue();
        }
    }

    private static Mask mask(byte[] png) {
        return new ImageDecoder(ExifOrientation.APPLY).mask(png, "the mask");
    }

    /** The mask that run lengths of all classes say, column by column. */
    private static byte[] fromRunLengths(JsonNode image) {
        int width = image.get("width").asInt();
        int height = image.get("height").asInt();
        byte[] values = new byte[width * height];
        Arrays.fill(values, (byte) 255);
        for (JsonNode segment : image.get("segments")) {
            assertThat(segment.at("/rle/size/0").asInt()).isEqualTo(height);
            assertThat(segment.at("/rle/size/1").asInt()).isEqualTo(width);
            int at = 0;
            int of = 0;
            boolean inside = false;
            for (JsonNode count : segment.at("/rle/counts")) {
                for (int k = 0; inside && k < count.asInt(); k++) {
                    int pixel = at + k;
                    values[pixel % height * width + pixel / height] =
                            (byte) segment.get("index").asInt();
                }
                of += inside ? count.asInt() : 0;
                at += count.asInt();
                inside = !inside;
            }
            assertThat(at).isEqualTo(values.length);
            assertThat(segment.get("share").asDouble()).isEqualTo((double) of / values.length);
        }
        return values;
    }

    @Test
    void masksComeAsRunLengthsAsPngInJsonAndAsPngItself() {
        try (RunningService running = start()) {
            Reply put = running.put("m", running.taskOfMasks());
            assertThat(put.status()).as(put.text()).isEqualTo(201);
            assertThat(put.json().get("labels").asText()).isEqualTo("masks");
            assertThat(running.get("/v1/tasks").json().at("/tasks/0/labels").asText())
                    .isEqualTo("masks");
            RawImage decoded = new ImageDecoder(ExifOrientation.APPLY).decode(RunningService.PHOTO);
            MaskPrediction expected =
                    running.predictor.predict("m", decoded).get(0).mask();
            byte[] photo = RunningService.photo();

            JsonNode image = running.predict("m", photo).json().at("/images/0");
            assertThat(image.get("width").asInt()).isEqualTo(61);
            assertThat(image.get("height").asInt()).isEqualTo(47);
            assertThat(fromRunLengths(image)).isEqualTo(expected.mask().values());
            List<Double> shares = new ArrayList<>();
            image.get("segments").forEach(segment -> {
                double share = segment.get("share").asDouble();
                shares.add(share);
                assertThat(expected.shares()).containsEntry(segment.get("label").asText(), share);
            });
            assertThat(shares).hasSize(expected.shares().size()).hasSizeGreaterThan(1);
            assertThat(shares).isSortedAccordingTo(Comparator.reverseOrder());

            JsonNode withPng = running.predict("m?mask=png", photo).json().at("/images/0");
            byte[] png = Base64.getDecoder().decode(withPng.get("png").asText());
            assertThat(png).isEqualTo(MaskPng.indexed(expected.mask()));
            assertThat(withPng.at("/segments/0").has("rle")).isFalse();
            JsonNode bare = running.predict("m?mask=none", photo).json().at("/images/0");
            assertThat(bare.has("png")).isFalse();
            assertThat(bare.get("segments")).isEqualTo(withPng.get("segments"));

            Map<String, String> wanted = Map.of("Content-Type", "image/png", "Accept", "image/png, image/*;q=0.5");
            Reply itself = running.send("POST", "/v1/tasks/m/predict", BodyPublishers.ofByteArray(photo), wanted);
            assertThat(itself.header("Content-Type")).isEqualTo("image/png");
            assertThat(mask(itself.response().body()).values())
                    .isEqualTo(expected.mask().values());
            Map<String, String> either =
                    Map.of("Content-Type", "image/png", "Accept", "application/json, image/png;q=0.5");
            assertThat(running.send("POST", "/v1/tasks/m/predict", BodyPublishers.ofByteArray(photo), either)
                            .header("Content-Type"))
                    .isEqualTo("application/json");
        }
    }

    @Test
    void whatIsNothingForMasksAndMasksThatAreNothingForOthersAreRefused() {
        try (RunningService running = start()) {
            running.put("m", running.taskOfMasks());
            running.put("a", running.task(1));
            byte[] photo = RunningService.photo();
            assertThat(running.predict("m?embedding=true", photo).detail())
                    .isEqualTo("embedding: the task 'm' gives every pixel a class and says nothing of the image as a"
                            + " whole; leave it out");
            assertThat(running.predict("m?top=3", photo).detail()).startsWith("top: the task 'm' gives every pixel");
            assertThat(running.predict("m?mask=jpeg", photo).detail())
                    .isEqualTo("mask: expected one of rle, png, none");
            assertThat(running.predict("a?mask=png", photo).detail())
                    .isEqualTo("mask: the task 'a' says nothing of single pixels; leave it out");
            String one = "\"" + RunningService.base64(photo) + "\"";
            Map<String, String> wanted = Map.of("Content-Type", "application/json", "Accept", "image/png");
            Reply two = running.send(
                    "POST",
                    "/v1/tasks/m/predict",
                    BodyPublishers.ofString("{\"images\": [" + one + "," + one + "]}"),
                    wanted);
            assertThat(two.status()).isEqualTo(400);
            assertThat(two.detail()).contains("send one, or take JSON with mask=png");
        }
        HttpOptions few = on("localhost", 64, Duration.ofSeconds(30), 61 * 47 * 3 / 2);
        try (RunningService running = new RunningService(vit, home.resolve("tasks"), ServingOptions.DEFAULT, few)) {
            String one = "\"" + RunningService.base64(RunningService.photo()) + "\"";
            String two = "{\"images\": [" + one + "," + one + "]}";
            Reply refused = running.predictBody("m", "application/json", two);
            assertThat(refused.status()).isEqualTo(413);
            assertThat(refused.detail()).contains("that the masks of a request may have together; send fewer at once");
            assertThat(running.predictBody("a", "application/json", two).status())
                    .isEqualTo(200);
            assertThat(running.predict("m", RunningService.photo()).status()).isEqualTo(200);
        }
    }

    @Test
    void tasksThatWerePutAreThereAfterARestart() {
        try (RunningService running = start()) {
            running.put("kept", running.task(1));
            running.put("replaced", running.task(2));
            running.put("replaced", running.task(3));
            running.put("deleted", running.task(4));
            running.delete("deleted");
            byte[] damaged = running.task(5);
            damaged[damaged.length / 2] ^= 1;
            assertThat(running.put("kept", Arrays.copyOf(damaged, damaged.length - 1))
                            .status())
                    .isEqualTo(422);
        }
        try (RunningService running = start()) {
            assertThat(running.get("/v1/tasks").json().findValuesAsText("id")).containsExactly("kept", "replaced");
            assertThat(running.predict("kept", RunningService.photo()).label(0)).endsWith("of 1");
            assertThat(running.predict("replaced", RunningService.photo()).label(0))
                    .endsWith("of 3");
        }
    }

    @Test
    void theListComesPageByPage() {
        try (RunningService running = start()) {
            for (String id : List.of("c", "a", "b")) {
                running.put(id, running.task(1));
            }
            JsonNode first = running.get("/v1/tasks?limit=2").json();
            assertThat(first.findValuesAsText("id")).containsExactly("a", "b");
            assertThat(first.get("next").asText()).isEqualTo("b");
            assertThat(first.get("total").asInt()).isEqualTo(3);
            JsonNode second = running.get("/v1/tasks?limit=2&after=b").json();
            assertThat(second.findValuesAsText("id")).containsExactly("c");
            assertThat(second.has("next")).isFalse();
        }
    }

    @Test
    void clientsOfDifferentTasksNeverGetEachOthersAnswers() {
        try (RunningService running = start()) {
            running.put("a", running.task(1));
            running.put("b", running.task(2));
            byte[] photo = RunningService.photo();
            Map<String, JsonNode> alone = Map.of(
                    "a", running.predict("a", photo).json().at("/images/0/top/0"),
                    "b", running.predict("b", photo).json().at("/images/0/top/0"));
            List<CompletableFuture<Reply>> replies = IntStream.range(0, 120)
                    .mapToObj(i -> running.predictAsync(i % 2 == 0 ? "a" : "b", photo))
                    .toList();
            int answered = 0;
            for (int i = 0; i < replies.size(); i++) {
                Reply reply = replies.get(i).join();
                if (reply.status() == 429) {
                    continue;
                }
                answered++;
                String id = i % 2 == 0 ? "a" : "b";
                JsonNode top = reply.json().at("/images/0/top/0");
                assertThat(reply.json().get("task").asText()).isEqualTo(id);
                assertThat(top.get("label")).isEqualTo(alone.get(id).get("label"));
                assertThat(top.get("score").asDouble())
                        .isCloseTo(alone.get(id).get("score").asDouble(), within(CLOSE));
            }
            assertThat(answered).isGreaterThan(30);
        }
    }

    @Test
    void damagedImagesAreRefusedAndTheServiceGoesOn() throws IOException {
        try (RunningService running = start()) {
            running.put("a", running.task(1));
            SplittableRandom random = new SplittableRandom(7);
            List<byte[]> wholes =
                    List.of(RunningService.photo(), Files.readAllBytes(Golden.path("transforms/jpeg_64x48.jpg")));
            int refused = 0;
            for (int i = 0; i < 400; i++) {
                byte[] image = wholes.get(i % 2).clone();
                for (int flips = 1 + random.nextInt(8); flips > 0; flips--) {
                    image[random.nextInt(image.length)] ^= (byte) (1 << random.nextInt(8));
                }
                if (i % 5 == 0) {
                    image = Arrays.copyOf(image, random.nextInt(image.length));
                }
                int status = running.predict("a", image).status();
                assertThat(status).as("image " + i).isIn(200, 400, 422);
                refused += status == 200 ? 0 : 1;
            }
            assertThat(refused).isGreaterThan(100);
            for (String wrong : List.of("%PDF-1.7", "<svg xmlns='http://www.w3.org/2000/svg'/>", "PK\3\4", "\0\0\0")) {
                assertThat(running.predict("a", wrong.getBytes(UTF_8)).status()).isEqualTo(422);
            }
            assertThat(running.predict("a", bomb(30_000, 30_000)).detail()).contains("pixels");
            assertThat(running.predict("a", RunningService.photo()).label(0)).endsWith("of 1");
        }
    }

    /** The head of a PNG that says it is that large. */
    private static byte[] bomb(int width, int height) {
        byte[] png = RunningService.photo();
        java.nio.ByteBuffer.wrap(png).putInt(16, width).putInt(20, height);
        java.util.zip.CRC32 crc = new java.util.zip.CRC32();
        crc.update(png, 12, 17);
        java.nio.ByteBuffer.wrap(png).putInt(29, (int) crc.getValue());
        return png;
    }

    @Test
    void clientsThatHangUpOrWaitLeaveTheServiceAsItWas() throws Exception {
        HttpOptions few = on("localhost", 12, Duration.ofMillis(500));
        try (RunningService running = new RunningService(vit, home.resolve("tasks"), ServingOptions.DEFAULT, few)) {
            running.put("a", running.task(1));
            String head = RunningService.head(50000);
            for (int i = 0; i < 30; i++) {
                try (Socket socket = new Socket(InetAddress.getByName("localhost"), running.service.port())) {
                    socket.getOutputStream()
                            .write(head.substring(0, i * head.length() / 29).getBytes(ISO_8859_1));
                }
            }
            List<Socket> idle = new ArrayList<>();
            for (int i = 0; i < 40; i++) { // more than are let in; the last ones wait until the first are cut off
                idle.add(new Socket(InetAddress.getByName("localhost"), running.service.port()));
            }
            assertThat(running.predict("a", RunningService.photo()).label(0)).endsWith("of 1");
            for (Socket socket : idle) {
                socket.close();
            }
        }
    }

    @Test
    void whoIsRefusedWhileStillSendingIsToldWhy() throws Exception {
        try (RunningService running = start()) {
            String part = "x".repeat(100_000);
            String path = "/v1/tasks/nobody/predict";
            String head = RunningService.head(3 * part.length()).replace("/a/", "/nobody/");
            assertThat(running.raw("POST", path, head, part, "sleep 200", part, "sleep 200", part, "sleep 100"))
                    .isEqualTo(404);
            String endless = RunningService.head(1 << 28).replace("/a/", "/nobody/");
            assertThat(running.raw("POST", path, endless, part)).isEqualTo(404);
        }
    }

    @Test
    void anAnswerMayTakeLongerThanAClientMayBeIdle() {
        ServingOptions slow = new ServingOptions(32, Duration.ofMillis(1500), 64, Duration.ofSeconds(60), 10, 1);
        HttpOptions impatient = on("localhost", 12, Duration.ofMillis(500));
        try (RunningService running = new RunningService(vit, home.resolve("tasks"), slow, impatient)) {
            running.put("a", running.task(1));
            assertThat(running.predict("a", RunningService.photo()).label(0)).endsWith("of 1");
        }
    }

    @Test
    void whatIsNoRouteIsAProblemToo() throws Exception {
        try (RunningService running = start()) {
            for (String path : List.of("/nothing", "/v1", "/v1/tasks/a/b/c", "/index.html", "/v1/tasks//predict")) {
                assertThat(running.get(path).status()).as(path).isIn(400, 404);
            }
            Reply wrong = running.send("DELETE", "/v1/tasks", BodyPublishers.noBody(), Map.of());
            assertThat(wrong.status()).isEqualTo(405);
            assertThat(wrong.header("Allow")).contains("GET");
            assertThat(running.raw("GET", "/", "GET / HTTP/9.9\r\n\r\n")).isIn(400, 505);
            assertThat(running.raw(
                            "GET", "/", "GET / HTTP/1.1\r\nHost: localhost\r\nX: " + "x".repeat(9000) + "\r\n\r\n"))
                    .isEqualTo(431);
        }
    }

    @Test
    void metricsCountByRouteAndNotByPath() throws InterruptedException {
        try (RunningService running = start()) {
            for (int i = 0; i < 5; i++) {
                running.get("/v1/tasks/task-" + i);
                running.get("/no-such-path-" + i);
            }
            running.awaitMetric(
                    "inlay_http_requests_seconds_count{method=\"GET\",route=\"/v1/tasks/{id}\",status=\"404\"} 5");
            running.awaitMetric("inlay_http_requests_seconds_count{method=\"none\",route=\"none\",status=\"404\"} 5");
            assertThat(running.get("/metrics").text()).doesNotContain("task-1", "no-such-path");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/", "/api"})
    void aPageLoadsNothingAndLetsNothingElseRun(String path) {
        try (RunningService running = start()) {
            Reply page = running.get(path);
            assertThat(page.header("Content-Type")).startsWith("text/html");
            assertThat(page.header("Content-Security-Policy"))
                    .startsWith("default-src 'none'; script-src 'sha256-")
                    .doesNotContain("unsafe");
            assertThat(page.text())
                    .doesNotContain("http:", "https:", "src=\"", "style=\"", "onclick", "@import", "url(");
            assertThat(page.text())
                    .containsOnlyOnce("<style>")
                    .containsOnlyOnce("<script>")
                    .contains("prefers-color-scheme: dark");
        }
    }

    @Test
    void thePageTakesSeveralImagesTrainsAndLeadsToTheApi() {
        try (RunningService running = start()) {
            String page = running.get("/").text();
            assertThat(page)
                    .containsPattern("<input[^>]*id=\"file\"[^>]*multiple")
                    .contains("<form id=\"train\">", "<progress id=\"progress\"", "href=\"/api\"");
            assertThat(running.get("/api").text()).contains("fetch('/openapi.json')");
        }
    }

    @Test
    void otherMachinesAreLetInOnlyWithAToken() throws IOException {
        assertThatThrownBy(() -> new RunningService(
                        vit, home.resolve("tasks"), ServingOptions.DEFAULT, on("0.0.0.0", 9, Duration.ofSeconds(1))))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("--token-file");
        for (String bad : List.of("", "short", "two words of a long token")) {
            Path file = Files.writeString(home.resolve("token"), bad);
            assertThatThrownBy(() -> new WriteToken(Optional.of(file))).isInstanceOf(ConfigException.class);
        }
        assertThatThrownBy(() -> new WriteToken(Optional.of(home.resolve("missing"))))
                .isInstanceOf(ConfigException.class);
    }

    @Test
    void aPortThatIsTakenIsSaid() {
        try (RunningService running = start()) {
            HttpOptions defaults = HttpOptions.DEFAULT;
            HttpOptions taken = new HttpOptions(
                    "localhost",
                    running.service.port(),
                    Optional.empty(),
                    9,
                    8,
                    1,
                    1,
                    3,
                    1,
                    ImageLimits.DEFAULT,
                    1,
                    defaults.idle(),
                    defaults.bodyTime(),
                    defaults.notReady(),
                    defaults.drain());
            assertThatThrownBy(() -> new RunningService(vit, home.resolve("t"), ServingOptions.DEFAULT, taken))
                    .isInstanceOf(ConfigException.class)
                    .hasMessageContaining("port " + running.service.port());
        }
    }
}
