package dev.inlay.serve.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.inlay.backbone.vit.VisionTransformer;
import dev.inlay.golden.Golden;
import dev.inlay.serve.ServingOptions;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Clients that hang up half-way, send a byte now and then, or do not take their answers. */
@Timeout(60)
class HangUpTest {
    private static final Duration QUICK = Duration.ofMillis(600);
    private static final Duration LONG = Duration.ofSeconds(30);

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

    private RunningService start(Duration idle, Duration bodyTime, ServingOptions serving) {
        HttpOptions defaults = HttpOptions.DEFAULT;
        HttpOptions options = new HttpOptions(
                "localhost",
                0,
                Optional.empty(),
                100,
                16,
                defaults.maxBodyBytes(),
                defaults.maxTaskBytes(),
                defaults.bodyMemory(),
                64,
                defaults.images(),
                defaults.decoders(),
                idle,
                bodyTime,
                defaults.notReady(),
                defaults.drain());
        RunningService running = new RunningService(vit, home.resolve("tasks"), serving, options);
        running.put("a", running.task(1));
        return running;
    }

    private static Socket connect(RunningService running) throws IOException {
        Socket socket = new Socket(InetAddress.getByName("localhost"), running.service.port());
        socket.setSoTimeout(20_000);
        return socket;
    }

    @Test
    void closingWaitsNeitherForClientsThatHungUpNorForIdleOnes() throws Exception {
        double least = Double.POSITIVE_INFINITY;
        for (int round = 0; round < 3; round++) {
            least = Math.min(least, secondsToCloseAfterHangUps());
        }
        assertThat(least).isLessThan(0.9);
    }

    private double secondsToCloseAfterHangUps() throws Exception {
        ServingOptions slow = new ServingOptions(32, Duration.ofMillis(300), 64, Duration.ofSeconds(60), 10, 1);
        try (RunningService running = start(LONG, LONG, slow);
                Socket idle = connect(running)) {
            byte[] photo = RunningService.photo();
            byte[] head = RunningService.head(photo.length).getBytes(ISO_8859_1);
            byte[] request = Arrays.copyOf(head, head.length + photo.length);
            System.arraycopy(photo, 0, request, head.length, photo.length);
            for (int i = 0; i <= 60; i++) {
                try (Socket socket = connect(running)) {
                    socket.getOutputStream().write(request, 0, i * request.length / 60);
                    if (i % 2 == 0) {
                        socket.setSoLinger(true, 0); // a reset rather than an end
                    }
                }
            }
            assertThat(running.predict("a", photo).label(0)).endsWith("of 1");
            long start = System.nanoTime();
            running.service.close();
            double seconds = (System.nanoTime() - start) / 1e9;
            assertThat(seconds).isLessThan(5); // not the 20 s of the drain
            assertThat(idle.getInputStream().read()).isNegative();
            return seconds;
        }
    }

    @Test
    void aHeadThatDribblesInIsCutOff() throws Exception {
        try (RunningService running = start(QUICK, LONG, ServingOptions.DEFAULT);
                Socket socket = connect(running)) {
            assertThat(dribble(socket, RunningService.head(10))).isLessThan(3);
            assertThat(running.predict("a", RunningService.photo()).status()).isEqualTo(200);
        }
    }

    @Test
    void aSecondHeadOnAConnectionThatDribblesInIsCutOff() throws Exception {
        try (RunningService running = start(QUICK, LONG, ServingOptions.DEFAULT);
                Socket socket = connect(running)) {
            socket.getOutputStream().write("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(ISO_8859_1));
            assertThat(new String(socket.getInputStream().readNBytes(12), ISO_8859_1))
                    .isEqualTo("HTTP/1.1 200");
            assertThat(dribble(socket, RunningService.head(10))).isLessThan(3);
        }
    }

    /** Sends a byte at a time and says after how many seconds the connection was gone. */
    private static double dribble(Socket socket, String text) throws Exception {
        long start = System.nanoTime();
        OutputStream out = socket.getOutputStream();
        try {
            for (int i = 0; i < text.length(); i++) {
                out.write(text.charAt(i));
                Thread.sleep(50);
            }
        } catch (IOException e) {
            return (System.nanoTime() - start) / 1e9;
        }
        return Double.POSITIVE_INFINITY;
    }

    @Test
    void aBodyThatStallsIsRefusedWhenItsTimeIsOver() throws Exception {
        try (RunningService running = start(LONG, QUICK, ServingOptions.DEFAULT)) {
            long start = System.nanoTime();
            assertThat(running.raw("POST", "/v1/tasks/a/predict", RunningService.head(5000), "abc"))
                    .isEqualTo(408);
            assertThat(System.nanoTime() - start)
                    .isLessThan(Duration.ofSeconds(5).toNanos());
        }
    }

    @Test
    void aBodyThatEndsTooEarlyIsRefused() throws Exception {
        try (RunningService running = start(LONG, LONG, ServingOptions.DEFAULT)) {
            for (boolean chunked : new boolean[] {true, false}) {
                try (Socket socket = connect(running)) {
                    String head = RunningService.head(50);
                    head = chunked ? head.replace("Content-Length: 50", "Transfer-Encoding: chunked") : head;
                    socket.getOutputStream().write((head + "5\r\nhello").getBytes(ISO_8859_1));
                    socket.shutdownOutput();
                    assertThat(new String(socket.getInputStream().readNBytes(12), ISO_8859_1))
                            .isEqualTo(chunked ? "HTTP/1.1 400" : "HTTP/1.1 408");
                }
            }
        }
    }

    @Test
    void framingOfABodyThatDribblesInIsRefusedWhenItsTimeIsOver() throws Exception {
        try (RunningService running = start(LONG, QUICK, ServingOptions.DEFAULT);
                Socket socket = connect(running)) {
            String head = RunningService.head(0).replace("Content-Length: 0", "Transfer-Encoding: chunked");
            socket.getOutputStream().write((head + "5;").getBytes(ISO_8859_1));
            dribble(socket, "extension".repeat(10));
            assertThat(new String(socket.getInputStream().readNBytes(12), ISO_8859_1))
                    .isEqualTo("HTTP/1.1 408");
        }
    }

    @Test
    void whoDoesNotTakeAnswersIsCutOffAndCounted() throws Exception {
        try (RunningService running = start(LONG, QUICK, ServingOptions.DEFAULT);
                Socket socket = connect(running)) {
            byte[] ask = "GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(ISO_8859_1);
            Thread asking = new Thread(() -> {
                try {
                    while (true) { // until neither answers nor requests fit into the buffers between
                        socket.getOutputStream().write(ask);
                    }
                } catch (IOException e) {
                    // cut off
                }
            });
            asking.start();
            running.awaitMetric(
                    "inlay_http_requests_seconds_count{method=\"GET\",route=\"/openapi.json\",status=\"cut\"}");
            asking.join();
            assertThat(running.predict("a", RunningService.photo()).status()).isEqualTo(200);
        }
    }

    @Test
    void headsThatNeverCameWholeAreCounted() throws Exception {
        try (RunningService running = start(QUICK, LONG, ServingOptions.DEFAULT)) {
            try (Socket socket = connect(running)) {
                socket.getOutputStream().write("GET /hea".getBytes(ISO_8859_1));
                assertThat(socket.getInputStream().read()).isNegative();
            }
            // cut, or 400 where the end is seen in the middle of the line
            running.awaitMetric("inlay_http_requests_seconds_count{method=\"none\",route=\"none\",status=");
        }
    }

    @Test
    void aBodyOfAByteNowAndThenIsRefusedLongBeforeItsTimeIsOver() throws Exception {
        try (RunningService running = start(LONG, LONG, ServingOptions.DEFAULT)) {
            assertThat(running.raw(
                            "POST",
                            "/v1/tasks/a/predict",
                            RunningService.head(5000),
                            "a",
                            "sleep 300",
                            "b",
                            "sleep 300",
                            "c"))
                    .isEqualTo(408);
        }
    }
}
