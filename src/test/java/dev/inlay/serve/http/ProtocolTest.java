package dev.inlay.serve.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.inlay.backbone.vit.VisionTransformer;
import dev.inlay.golden.Golden;
import dev.inlay.serve.ServingOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests that no HTTP library sends, byte for byte, and what the server and its framework do by themselves. */
@Timeout(60)
class ProtocolTest {
    private static final String HOST = "Host: localhost\r\nConnection: close\r\n";
    private static final String PREDICT =
            "POST /v1/tasks/a/predict HTTP/1.1\r\n" + HOST + "Content-Type: image/png\r\n";
    private static final String IMAGE = new String(RunningService.photo(), ISO_8859_1);
    private static final String WHOLE = "Content-Length: " + IMAGE.length() + "\r\n";
    private static final String CHUNKED = Integer.toHexString(IMAGE.length()) + "\r\n" + IMAGE + "\r\n0\r\n\r\n";

    private static VisionTransformer vit;
    private static RunningService running;

    @BeforeAll
    static void open(@TempDir Path home) {
        vit = Golden.vit();
        running = new RunningService(
                vit,
                home.resolve("tasks"),
                ServingOptions.DEFAULT,
                HttpServiceTest.on("localhost", 64, Duration.ofSeconds(30)));
        running.put("a", running.task(1));
    }

    @AfterAll
    static void close() {
        running.close();
        vit.close();
    }

    private static String status(String request) throws IOException {
        return running.exchange(request).split(" ", 3)[1];
    }

    private static String get(String path, String... headers) {
        return "GET " + path + " HTTP/1.1\r\n" + HOST + String.join("", headers) + "\r\n";
    }

    @ParameterizedTest
    @ValueSource(strings = {"X-HTTP-Method-Override", "x-http-method-override", "X-HTTP-Method", "X-Method-Override"})
    void theRequestLineAloneSaysTheMethod(String header) throws IOException {
        assertThat(status(get("/v1/tasks/a", header + ": DELETE\r\n"))).isEqualTo("200");
        assertThat(running.get("/v1/tasks/a").status()).isEqualTo(200);
        assertThat(status("POST /v1/tasks/a?_method=DELETE HTTP/1.1\r\n" + HOST + header
                        + ": GET\r\nContent-Length: 0\r\n\r\n"))
                .isEqualTo("405");
    }

    @Test
    void noConnectionBecomesAnythingElse() throws IOException {
        String socket =
                "Upgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n";
        String http2 = "Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n";
        for (String upgrade : List.of(socket, http2)) {
            String rest = "\r\nConnection: Upgrade, close\r\n" + upgrade + "\r\n";
            assertThat(status("GET /healthz HTTP/1.1\r\nHost: localhost" + rest))
                    .isEqualTo("200");
            assertThat(status("GET /healthz HTTP/1.1\r\nHost: elsewhere.example" + rest))
                    .isEqualTo("421");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/healthz/",
                "//healthz",
                "/./healthz",
                "/v1/../healthz",
                "/v1/%2e%2e/healthz",
                "/v1/%2E./healthz",
                "/HEALTHZ",
                "/healthz;a=b",
                "/;a/healthz",
                "/v1//tasks",
                "/v1%2ftasks",
                "/v1%5ctasks",
                "/v1\\tasks",
                "/v1/tasks/",
                "/v1/tasks/a/",
                "/v1/tasks/a;b",
                "/v1/tasks/a%2f",
                "/v1/tasks/a%00",
                "/v1/tasks/a%",
                "/v1/tasks/%zz",
                "/v1/tasks/%c0%ae",
                "/v1/tasks/a#b",
                "http://elsewhere.example/healthz",
                "healthz",
                "*"
            })
    void aRouteHasOneSpelling(String path) throws IOException {
        assertThat(status(get(path))).isIn("400", "404");
    }

    @ParameterizedTest
    @ValueSource(strings = {"OPTIONS", "TRACE", "PATCH", "PROPFIND", "get", "POST", "PUT", "DELETE"})
    void otherMethodsAreRefused(String method) throws IOException {
        String answer = running.exchange(method + " /v1/tasks HTTP/1.1\r\n" + HOST + "Secret: x\r\n\r\n");
        assertThat(answer).startsWith("HTTP/1.1 405").contains("Allow: GET").doesNotContain("Secret");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/", "/healthz", "/openapi.json", "/v1/tasks", "/v1/tasks/a", "/v1/tasks/b"})
    void headGivesTheHeadersOfGet(String path) throws IOException {
        String[] whole = running.exchange(get(path)).split("\r\n\r\n", 2);
        String[] head = running.exchange("HEAD " + path + " HTTP/1.1\r\n" + HOST + "\r\n")
                .split("\r\n\r\n", 2);
        assertThat(withoutDate(head[0])).isEqualTo(withoutDate(whole[0]));
        assertThat(whole[0]).contains("Content-Length: " + whole[1].length());
        assertThat(head[1]).isEmpty();
    }

    private static String withoutDate(String head) {
        return head.replaceFirst("Date: .*\r\n", "");
    }

    @Test
    void answersAreNotCompressed() throws IOException {
        assertThat(running.exchange(get("/openapi.json", "Accept-Encoding: gzip, br, zstd\r\n")))
                .doesNotContain("Content-Encoding");
    }

    static Stream<String> requestsWhoseEndIsInDoubt() {
        String chunked = "Transfer-Encoding: chunked\r\n";
        return Stream.of(
                PREDICT + chunked + WHOLE + "\r\n" + CHUNKED,
                PREDICT + WHOLE + chunked + "\r\n" + CHUNKED,
                PREDICT + WHOLE + "Content-Length: 5\r\n\r\n" + IMAGE,
                PREDICT + WHOLE + WHOLE + "\r\n" + IMAGE,
                PREDICT + "Content-Length: " + IMAGE.length() + ", " + IMAGE.length() + "\r\n\r\n" + IMAGE,
                PREDICT + "Content-Length: +" + IMAGE.length() + "\r\n\r\n" + IMAGE,
                PREDICT + "Content-Length: -1\r\n\r\n" + IMAGE,
                PREDICT + "Content-Length: 0x10\r\n\r\n" + IMAGE,
                PREDICT + "Content-Length : " + IMAGE.length() + "\r\n\r\n" + IMAGE,
                PREDICT + " " + WHOLE + "\r\n" + IMAGE,
                PREDICT + "X: y\r\n " + WHOLE + "\r\n" + IMAGE,
                PREDICT + "X: y\r" + WHOLE + "\r\n" + IMAGE,
                PREDICT + "X: y\n" + WHOLE + "\r\n" + IMAGE,
                PREDICT + "X: y\0\r\n" + WHOLE + "\r\n" + IMAGE,
                PREDICT + "Transfer-Encoding: xchunked\r\n\r\n" + CHUNKED,
                PREDICT + "Transfer-Encoding: identity\r\n\r\n" + CHUNKED,
                PREDICT + "Transfer-Encoding: chunked, identity\r\n\r\n" + CHUNKED,
                PREDICT + "Transfer-Encoding: gzip, chunked\r\n\r\n" + CHUNKED,
                PREDICT + chunked + chunked + "\r\n" + CHUNKED,
                PREDICT.replace("1.1", "1.0") + chunked + "\r\n" + CHUNKED,
                PREDICT + chunked + "\r\n" + CHUNKED.replace("\r\n", "\n"),
                PREDICT + chunked + "\r\n-1\r\n",
                PREDICT + chunked + "\r\n0x5\r\nhello\r\n0\r\n\r\n",
                PREDICT + chunked + "\r\n5\r\nhello!\r\n0\r\n\r\n",
                PREDICT + chunked + "\r\nfffffffffffffffff\r\n",
                PREDICT + "Host: localhost\r\n" + WHOLE + "\r\n" + IMAGE);
    }

    @ParameterizedTest
    @MethodSource("requestsWhoseEndIsInDoubt")
    void aRequestWhoseEndIsInDoubtIsRefusedAndEndsItsConnection(String request) throws IOException {
        String answer = running.exchange(request + get("/healthz"));
        assertThat(answer).startsWith("HTTP/1.1 400").doesNotContain("alive");
    }

    @ParameterizedTest
    @ValueSource(strings = {"\r\n%s;%s\r\n%s\r\n0\r\n\r\n", "\r\n%s\r\n%3$s\r\n0\r\nx: %2$s\r\n\r\n"})
    void extensionsOfChunksAndTrailersAreBounded(String framing) throws IOException {
        String size = Integer.toHexString(IMAGE.length());
        String head = PREDICT + "Transfer-Encoding: chunked\r\n";
        assertThat(status(head + framing.formatted(size, "y", IMAGE))).isEqualTo("200");
        String answer = running.exchange(head + framing.formatted(size, "y".repeat(10_000), IMAGE));
        assertThat(answer).startsWith("HTTP/1.1 400").contains("chunks");
    }

    @ParameterizedTest
    @CsvSource({
        "localhost,200",
        "LOCALHOST:1234,200",
        "localhost.,200",
        "localhost.:80,200",
        "127.0.0.1,200",
        "127.0.0.2,200",
        "[::1],200",
        "[::1]:8080,200",
        "[0:0:0:0:0:0:0:1],200",
        "[::ffff:127.0.0.1],200",
        "localhost..,421",
        "localhost.elsewhere.example,421",
        "127.0.0.1.elsewhere.example,421",
        "10.0.0.1,421",
        "0.0.0.0,421",
        "[::2],421",
        "elsewhere,421",
        "localhost@elsewhere.example,400",
        "localhost elsewhere.example,400"
    })
    void aServiceOfThisMachineAnswersToItsOwnNames(String name, String expected) throws IOException {
        String rest = " HTTP/1.1\r\nHost: " + name + "\r\nConnection: close\r\n\r\n";
        assertThat(status("GET /healthz" + rest)).isEqualTo(expected);
        assertThat(status("GET /nothing" + rest)).isEqualTo(expected.replace("200", "404"));
    }

    @Test
    void clientsOfHttp10NeedNotNameTheService() throws IOException {
        assertThat(status("GET /healthz HTTP/1.0\r\n\r\n")).isEqualTo("200");
        assertThat(status("GET /healthz HTTP/1.0\r\nHost: elsewhere.example\r\n\r\n"))
                .isEqualTo("421");
        assertThat(status("GET http://elsewhere.example/healthz HTTP/1.0\r\n\r\n"))
                .isEqualTo("421");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "Origin: http://elsewhere.example|403",
                "Origin: null|403",
                "Origin:|403",
                "Origin: http://localhost:3000|403",
                "Origin: http://localhost.elsewhere.example|403",
                "Sec-Fetch-Site: cross-site|403",
                "Sec-Fetch-Site: same-site|403",
                "Sec-Fetch-Site: SAME-ORIGIN|403",
                "Origin: http://localhost|200",
                "Origin: https://localhost|200",
                "Sec-Fetch-Site: same-origin|200",
                "Sec-Fetch-Site: none|200"
            })
    void pagesOfOtherSitesNeitherComputeNorChangeAnything(String header, String expected) throws IOException {
        assertThat(status(PREDICT + header + "\r\n" + WHOLE + "\r\n" + IMAGE)).isEqualTo(expected);
        if (expected.equals("403")) {
            for (Route route : Route.values()) {
                String path = route.path().replace("{id}", "a");
                boolean reads = route.method().name().equals("GET");
                String answer = status(route.method().name() + " " + path + " HTTP/1.1\r\n" + HOST + header
                        + "\r\nContent-Length: 0\r\n\r\n");
                assertThat(answer).as(route.name()).isIn(reads ? List.of("200", "404") : List.of("403"));
            }
        }
        assertThat(running.get("/v1/tasks/a").status()).isEqualTo(200);
    }

    @ParameterizedTest
    @MethodSource("refusals")
    void refusalsOfTheServerItselfSayWhatToDo(String request, String status, String detail) throws IOException {
        String answer = running.exchange(request);
        assertThat(answer)
                .startsWith("HTTP/1.1 " + status)
                .contains("Content-Type: application/problem+json", "X-Content-Type-Options: nosniff", detail);
    }

    static List<Object[]> refusals() {
        List<Object[]> all = new ArrayList<>();
        all.add(new Object[] {get("/" + "a".repeat(9000)), "414", "8192 bytes"});
        all.add(new Object[] {get("/?a=" + "a".repeat(9000)), "414", "shorten"});
        all.add(new Object[] {get("/", "X: " + "x".repeat(9000) + "\r\n"), "431", "8192 bytes"});
        all.add(new Object[] {get("/", "X: y\r\n".repeat(2000)), "431", "fewer"});
        all.add(new Object[] {get("/", "Expect: nothing\r\n"), "417", "100-continue"});
        all.add(new Object[] {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "426", "HTTP/1.1"});
        all.add(new Object[] {"GET / HTTP/1.1\r\nConnection: close\r\n\r\n", "400", "Host: localhost"});
        all.add(new Object[] {"GET / HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n", "400", "Host"});
        all.add(new Object[] {get("/v1/tasks/%c3"), "400", "hexadecimal"});
        all.add(new Object[] {get("/v1/tasks/a%2fb"), "400", "encoded /"});
        all.add(new Object[] {"GET / HTTP/3.7\r\n" + HOST + "\r\n", "505", "HTTP/1.1"});
        all.add(new Object[] {"GET /\r\n\r\n", "505", "HTTP/1.1"});
        all.add(new Object[] {"\u0016\u0003\u0001\u0002\0\u0001\0\u0001\r\n\r\n", "400", "RFC 9112"});
        all.add(new Object[] {get("/nothing"), "404", "openapi.json"});
        return all;
    }

    @Test
    void bodiesAreTakenUncompressedAlone() throws IOException {
        assertThat(running.exchange(PREDICT + "Content-Encoding: gzip\r\n" + WHOLE + "\r\n" + IMAGE))
                .startsWith("HTTP/1.1 415")
                .contains("Content-Encoding");
        assertThat(status(PREDICT + "Content-Encoding: identity\r\n" + WHOLE + "\r\n" + IMAGE))
                .isEqualTo("200");
    }

    @ParameterizedTest
    @ValueSource(strings = {"top=%zz", "top=1%", "%=1", "t%6fp=x", "top=1&t%6fp=1"})
    void queriesThatCannotBeDecodedAreRefused(String query) throws IOException {
        assertThat(status(PREDICT.replace("predict", "predict?" + query) + WHOLE + "\r\n" + IMAGE))
                .isEqualTo("400");
    }

    @ParameterizedTest
    @ValueSource(strings = {"image/png; charset=nonsense", "image/png;charset=\"", "IMAGE/PNG", "image/x; a=b; a=c"})
    void parametersOfATypeChangeNothing(String type) throws IOException {
        assertThat(status(PREDICT.replace("image/png", type).replace("predict", "predict?top=1") + WHOLE + "\r\n"
                        + IMAGE))
                .isEqualTo("200");
    }

    @ParameterizedTest
    @MethodSource("oddForms")
    void formsAreBoundedInEveryPart(String body, String expected) throws IOException {
        String head = PREDICT.replace("image/png", "Multipart/Form-Data; Boundary=b");
        String answer = running.exchange(head + "Content-Length: " + body.length() + "\r\n\r\n" + body);
        assertThat(answer).startsWith("HTTP/1.1 " + expected).doesNotContain("null");
    }

    static List<Object[]> oddForms() {
        String file = "Content-Disposition: form-data; name=\"f\"; filename=\"x.png\"\r\n";
        String end = "--b--\r\n";
        List<Object[]> all = new ArrayList<>();
        all.add(new Object[] {part(file, IMAGE) + end, "200"});
        all.add(new Object[] {"before\r\n".repeat(1000) + part(file, IMAGE) + end + "behind".repeat(1000), "200"});
        all.add(new Object[] {part(file, IMAGE), "400"});
        all.add(new Object[] {part(file, IMAGE).replace("\r\n", "\n"), "400"});
        all.add(new Object[] {part(file, "").repeat(50_000) + end, "400"});
        all.add(new Object[] {part(file + "X: y\r\n".repeat(3000), IMAGE) + end, "400"});
        all.add(new Object[] {part(file + "X: " + "y".repeat(5000) + "\r\n", IMAGE) + end, "400"});
        all.add(new Object[] {part("X: y\r\n", IMAGE) + end, "400"});
        all.add(new Object[] {"", "400"});
        all.add(new Object[] {end, "400"});
        return all;
    }

    private static String part(String headers, String content) {
        return "--b\r\n" + headers + "\r\n" + content + "\r\n";
    }

    @Test
    void everyRefusalIsInTheMetrics() throws Exception {
        for (Object[] refusal : refusals()) {
            running.exchange((String) refusal[0]);
        }
        running.exchange(get("/healthz"));
        for (String status : List.of("400", "404", "414", "417", "426", "431", "505")) {
            running.awaitMetric(
                    "inlay_http_requests_seconds_count{method=\"none\",route=\"none\",status=\"" + status + "\"}");
        }
        running.awaitMetric("inlay_http_requests_seconds_count{method=\"GET\",route=\"/healthz\",status=\"200\"}");
        assertThat(running.get("/metrics").text()).doesNotContain("status=\"cut\"");
    }
}
