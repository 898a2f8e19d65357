package dev.inlay.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.inlay.error.ConfigException;
import dev.inlay.record.RunStatus;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PrometheusEndpointTest {
    private final PrometheusEndpoint endpoint = new PrometheusEndpoint();
    private final RunStatus status = new RunStatus();

    @TempDir
    Path folder;

    @AfterEach
    void close() {
        endpoint.close();
    }

    @Test
    void isScrapedOverHttpWhileTheRunGoesOn() throws IOException, InterruptedException {
        new RunMetrics(status).bindTo(endpoint.registry());
        int port = endpoint.listen(0);
        status.step(64, 1.25, 3.5, 2_000_000_000L);
        assertThat(get(port).lines())
                .contains(
                        "inlay_run_examples_total 64.0",
                        "inlay_run_step_seconds_count 1",
                        "inlay_run_step_seconds_sum 2.0",
                        "inlay_run_loss_nats 1.25",
                        "inlay_run_gradient_norm 3.5",
                        "inlay_run_native_memory_bytes NaN",
                        "inlay_run_accuracy_ratio{split=\"test\"} NaN",
                        "inlay_run_phase{phase=\"load\"} 1.0");
        status.step(64, 0.5, 3.5, 1_000_000_000L);
        assertThat(get(port).lines()).contains("inlay_run_examples_total 128.0", "inlay_run_loss_nats 0.5");
    }

    @Test
    void writesItsLastStateToAFile() throws IOException {
        new RunMetrics(status).bindTo(endpoint.registry());
        status.step(16, 0.5, 1, 1_000);
        Path file = folder.resolve("metrics.prom");
        endpoint.write(file);
        assertThat(Files.readAllLines(file)).contains("inlay_run_examples_total 16.0");
    }

    @Test
    void isReachedFromThisMachineAlone() throws IOException {
        int port = endpoint.listen(0);
        List<InetAddress> others = NetworkInterface.networkInterfaces()
                .flatMap(NetworkInterface::inetAddresses)
                .filter(address -> !address.isLoopbackAddress() && !address.isLinkLocalAddress())
                .toList();
        for (InetAddress other : others) {
            assertThatThrownBy(() -> new Socket(other, port).close()).isInstanceOf(ConnectException.class);
        }
        new Socket(InetAddress.getLoopbackAddress(), port).close();
    }

    @Test
    void stopsListeningWhenClosedAndMayBeClosedTwice() throws IOException {
        int port = endpoint.listen(0);
        new Socket(InetAddress.getLoopbackAddress(), port).close();
        endpoint.close();
        endpoint.close();
        assertThatThrownBy(() -> new Socket(InetAddress.getLoopbackAddress(), port).close())
                .isInstanceOf(ConnectException.class);
    }

    @Test
    void saysWhatIsWrongWithAPort() {
        int taken = endpoint.listen(0);
        try (PrometheusEndpoint second = new PrometheusEndpoint()) {
            assertThatThrownBy(() -> second.listen(taken))
                    .isInstanceOf(ConfigException.class)
                    .hasMessageContaining("port " + taken)
                    .hasMessageContaining("choose another port");
            assertThatThrownBy(() -> second.listen(70_000))
                    .isInstanceOf(ConfigException.class)
                    .hasMessageContaining("from 0 to 65535, is 70000");
        }
        assertThatThrownBy(() -> endpoint.listen(0)).isInstanceOf(IllegalStateException.class);
    }

    private static String get(int port) throws IOException, InterruptedException {
        URI address = URI.create("http://localhost:" + port + "/metrics");
        return HttpClient.newHttpClient()
                .send(HttpRequest.newBuilder(address).build(), HttpResponse.BodyHandlers.ofString())
                .body();
    }
}
