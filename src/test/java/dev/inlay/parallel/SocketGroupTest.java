package dev.inlay.parallel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.inlay.error.Host;
import dev.inlay.error.InlayException;
import dev.inlay.tensor.Tensors;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Sums and words reach every rank, and whoever waits for one that is missing ends and says which. */
@Timeout(value = 2, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SocketGroupTest {
    private static final String HERE = " on " + Host.name();

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void aSumIsThatOfAllRanksOnEachOfThem(int ranks) throws Exception {
        List<float[]> sums = Together.run(ranks, group -> {
            try (PointerScope scope = new PointerScope()) {
                Tensor values = Tensors.of(new float[] {group.rank() + 1, 0.1f}, 2);
                group.sum(values);
                return Tensors.floats(values);
            }
        });
        assertThat(sums).hasSize(ranks).allSatisfy(sum -> {
            assertThat(sum[0]).isEqualTo(ranks * (ranks + 1) / 2f);
            assertThat(sum).isEqualTo(sums.get(0));
        });
    }

    @Test
    void aMessageReachesEveryRank() throws Exception {
        String text = "größer als ein Byte: ✓".repeat(1000);
        List<List<String>> heard = Together.run(3, group -> {
            if (group.rank() > 0) {
                return List.of(Message.receive(group), Message.receive(group));
            }
            Message.send(group, text);
            Message.send(group, "");
            return List.of(text, "");
        });
        assertThat(heard).hasSize(3).allMatch(List.of(text, "")::equals);
    }

    @Test
    void everyRankHearsWhatEachHasToSay() throws Exception {
        List<List<String>> heard = Together.run(3, group -> Message.gather(group, "Räng " + group.rank()));
        assertThat(heard).hasSize(3).allMatch(List.of("Räng 0", "Räng 1", "Räng 2")::equals);
    }

    @Test
    void whatWasSentBeforeARankLeftIsStillRead() throws Exception {
        List<String> heard = Together.run(2, group -> {
            if (group.rank() == 0) {
                Message.send(group, "the last word");
                return "";
            }
            sleep(500);
            return Message.receive(group);
        });
        assertThat(heard).containsExactly("", "the last word");
    }

    @Test
    void aRankThatFailsTellsTheOthersWhy() {
        assertThat(failureOf(3, PeerTimeouts.DEFAULT, group -> {
                    if (group.rank() == 1) {
                        group.take(() -> {
                            throw new InlayException("no images here");
                        });
                    }
                    return sum(group);
                }))
                .matches("rank 1" + HERE + " \\(process [0-9]+\\) ended: no images here");
    }

    /** Rank 1 hears of it from rank 0. */
    @Test
    void aRankThatIsWaitedForAndDoesNothingIsNamedToAll() throws Exception {
        PeerTimeouts timeouts = new PeerTimeouts(Duration.ofSeconds(40), Duration.ofSeconds(2));
        CompletableFuture<String> ofOther = new CompletableFuture<>();
        String ofFirst = failureOf(3, timeouts, group -> {
            if (group.rank() == 2) {
                try {
                    ofOther.get();
                } catch (InterruptedException | ExecutionException e) {
                    throw new IllegalStateException(e);
                }
            }
            try {
                return sum(group);
            } catch (InlayException e) {
                if (group.rank() == 1) {
                    ofOther.complete(e.getMessage());
                }
                throw e;
            }
        });
        String words = "rank 2" + HERE + " \\(process [0-9]+\\) has been waited for and has not come forward for 2 s";
        assertThat(ofFirst).matches(words);
        assertThat(ofOther.get()).matches("rank 0" + HERE + " \\(process [0-9]+\\) ended: " + words);
    }

    @Test
    void aRankThatIsAtWorkIsWaitedFor() throws Exception {
        PeerTimeouts timeouts = new PeerTimeouts(Duration.ofSeconds(40), Duration.ofSeconds(5));
        List<Float> sums = Together.run(2, timeouts, group -> {
            for (int i = 0; i < 8 && group.rank() == 1; i++) {
                sleep(1000);
                group.check();
            }
            return sum(group);
        });
        assertThat(sums).containsExactly(2f, 2f);
    }

    /** A link that is cut looks to both ends as if nothing more were said. */
    @Test
    void ranksThatLoseEachOtherEndWhateverTheyDo() throws Exception {
        PeerTimeouts timeouts = new PeerTimeouts(Duration.ofSeconds(4), Duration.ofMinutes(30));
        try (Rendezvous rendezvous = Rendezvous.open(Rendezvous.LOOPBACK, 0, "");
                Cable cable = new Cable(rendezvous.address())) {
            CompletableFuture<String> waiting = CompletableFuture.supplyAsync(() -> {
                try (Group group = Rendezvous.join(cable.address(), "", 1, 2, "1", timeouts, InlayException::new)) {
                    sum(group);
                    cable.cut();
                    return said(() -> sum(group));
                }
            });
            try (Group group = rendezvous.await(2, "1", timeouts, () -> {}, InlayException::new)) {
                sum(group);
                String working = said(() -> {
                    while (true) {
                        sleep(50);
                        group.check();
                    }
                });
                assertThat(working).matches("rank 1" + HERE + " \\(process [0-9]+\\) has not been heard for 4 s");
            }
            assertThat(waiting.get()).matches("rank 0" + HERE + " \\(process [0-9]+\\) has not been heard for 4 s");
        }
    }

    private static float sum(Group group) {
        try (PointerScope scope = new PointerScope()) {
            Tensor values = Tensors.of(new float[] {1}, 1);
            group.sum(values);
            return Tensors.floats(values)[0];
        }
    }

    private static String said(Runnable work) {
        try {
            work.run();
            return "nothing";
        } catch (InlayException e) {
            return e.getMessage();
        }
    }

    /** What rank 0 says; it is asked first. */
    private static <T> String failureOf(int ranks, PeerTimeouts timeouts, Function<Group, T> work) {
        Throwable[] failure = new Throwable[1];
        assertThatThrownBy(() -> Together.run(ranks, timeouts, work))
                .isInstanceOf(ExecutionException.class)
                .satisfies(e -> failure[0] = e.getCause());
        return failure[0].getMessage();
    }

    private static void sleep(long millis) {
        try {
            TimeUnit.MILLISECONDS.sleep(millis);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
