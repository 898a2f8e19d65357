package dev.inlay.parallel;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.inlay.error.ConfigException;
import dev.inlay.error.Host;
import dev.inlay.error.InlayException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Ranks find each other, in whatever order they come; who does not come, or does not fit, is named. */
@Timeout(value = 2, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RendezvousTest {
    /** The common pool of a machine of two cores has a single thread, and ranks wait for one another. */
    private static final Executor APART = task -> new Thread(task, "rank").start();

    private static final PeerTimeouts SHORT = PeerTimeouts.idle(Duration.ofSeconds(3));

    @Test
    void aRankMayComeBeforeRank0() throws Exception {
        int port;
        try (ServerSocket socket = new ServerSocket(0)) {
            port = socket.getLocalPort();
        }
        CompletableFuture<String> early = CompletableFuture.supplyAsync(
                () -> {
                    try (Group group = join("localhost:" + port, "", 1, 2, "1")) {
                        return Message.receive(group);
                    }
                },
                APART);
        TimeUnit.SECONDS.sleep(1);
        try (Rendezvous rendezvous = Rendezvous.open("localhost", port, "");
                Group group = rendezvous.await(2, "1", PeerTimeouts.DEFAULT, () -> {}, InlayException::new)) {
            assertThat(rendezvous.address()).isEqualTo("localhost:" + port);
            Message.send(group, "welcome");
        }
        assertThat(early.get()).isEqualTo("welcome");
    }

    @Test
    void ranksThatDoNotComeAreNamed() {
        try (Rendezvous rendezvous = Rendezvous.open(Rendezvous.LOOPBACK, 0, "")) {
            assertThatThrownBy(() -> rendezvous.await(3, "1", SHORT, () -> {}, InlayException::new))
                    .isInstanceOf(InlayException.class)
                    .hasMessage("ranks 1, 2 did not come to " + rendezvous.address() + " within 3 s");
        }
    }

    @Test
    void aRank0ThatDoesNotComeIsNamed() throws Exception {
        String nobody;
        try (ServerSocket socket = new ServerSocket(0)) {
            nobody = Rendezvous.LOOPBACK + ":" + socket.getLocalPort();
        }
        assertThatThrownBy(() -> Rendezvous.join(nobody, "", 1, 2, "1", SHORT, InlayException::new))
                .isInstanceOf(InlayException.class)
                .hasMessageStartingWith("rank 1 on " + Host.name())
                .hasMessageContaining("could not reach rank 0 at " + nobody + " within 3 s: Connection refused");
    }

    @Test
    void aRankThatDoesNotFitIsRefusedAndSaidWhy() throws Exception {
        try (Rendezvous rendezvous = Rendezvous.open(Rendezvous.LOOPBACK, 0, "a secret")) {
            CompletableFuture<List<String>> heard = CompletableFuture.supplyAsync(
                    () -> {
                        try (Group group =
                                rendezvous.await(2, "1", PeerTimeouts.DEFAULT, () -> {}, InlayException::new)) {
                            return Message.gather(group, "0");
                        }
                    },
                    APART);
            InetSocketAddress place = Rendezvous.place(rendezvous.address());
            try (Socket stranger = new Socket(place.getAddress(), place.getPort())) {
                stranger.getOutputStream().write("GET / HTTP/1.1\r\n\r\n".getBytes(US_ASCII));
            }
            refused(rendezvous, "wrong", 1, 2, "1", "it does not know the secret of rank 0");
            refused(rendezvous, "a secret", 1, 2, "2", "it has Inlay 2, rank 0 has 1");
            refused(rendezvous, "a secret", 1, 3, "1", "it was told of 3 ranks, rank 0 of 2");
            refused(rendezvous, "a secret", 2, 2, "1", "expected a rank from 1 to 1, found 2");
            try (Group group = join(rendezvous.address(), "a secret", 1, 2, "1")) {
                assertThat(Message.gather(group, "1")).containsExactly("0", "1");
            }
            assertThat(heard.get()).containsExactly("0", "1");
        }
    }

    @Test
    void aRankOfWhichThereIsOneIsRefused() throws Exception {
        try (Rendezvous rendezvous = Rendezvous.open(Rendezvous.LOOPBACK, 0, "")) {
            CompletableFuture<Void> all = CompletableFuture.runAsync(
                    () -> rendezvous
                            .await(3, "1", PeerTimeouts.DEFAULT, () -> {}, InlayException::new)
                            .close(),
                    APART);
            CompletableFuture<Void> first = CompletableFuture.runAsync(
                    () -> join(rendezvous.address(), "", 1, 3, "1").close(), APART);
            TimeUnit.SECONDS.sleep(2);
            refused(rendezvous, "", 1, 3, "1", "is there already; every process has a --rank of its own");
            join(rendezvous.address(), "", 2, 3, "1").close();
            first.get();
            all.get();
        }
    }

    @Test
    void aPortThatIsTakenIsRefused() throws Exception {
        try (ServerSocket taken = new ServerSocket(0)) {
            assertThatThrownBy(() -> Rendezvous.open(Rendezvous.LOOPBACK, taken.getLocalPort(), ""))
                    .isInstanceOf(ConfigException.class)
                    .hasMessageContaining(Rendezvous.LOOPBACK + ":" + taken.getLocalPort() + ": the port is in use");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"host", "host:", "host:port", ":1", "host:65536", "host:-1"})
    void whatIsNoPlaceIsRefused(String address) {
        assertThatThrownBy(() -> Rendezvous.place(address))
                .isInstanceOf(ConfigException.class)
                .hasMessageEndingWith("found " + address);
    }

    private static Group join(String address, String secret, int rank, int size, String version) {
        return Rendezvous.join(address, secret, rank, size, version, PeerTimeouts.DEFAULT, InlayException::new);
    }

    private static void refused(Rendezvous rendezvous, String secret, int rank, int size, String version, String why) {
        assertThatThrownBy(() -> join(rendezvous.address(), secret, rank, size, version))
                .isInstanceOf(ConfigException.class)
                .hasMessageStartingWith("rank 0 on " + Host.name())
                .hasMessageContaining("refuses rank " + rank)
                .hasMessageContaining(why);
    }
}
