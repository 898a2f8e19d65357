package dev.inlay.hub;

import static dev.inlay.hub.FakeHub.body;
import static dev.inlay.hub.FakeHub.dropAfter;
import static dev.inlay.hub.FakeHub.head;
import static dev.inlay.hub.FakeHub.redirect;
import static dev.inlay.hub.FakeHub.refusal;
import static dev.inlay.hub.FakeHub.retryAfter;
import static dev.inlay.hub.FakeHub.status;
import static dev.inlay.hub.FakeHub.whole;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.inlay.error.ConfigException;
import dev.inlay.error.DataException;
import dev.inlay.error.InlayException;
import dev.inlay.progress.Progress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Pulls from a hub on this machine that behaves as badly as servers do. */
@Timeout(60)
class HubTest {
    private static final String NAME = "timm/vit_tiny_patch16_224.augreg_in21k";
    private static final String MODEL = "model.safetensors";
    private static final String FOLDER = "models--timm--vit_tiny_patch16_224.augreg_in21k";
    private static final String SECRET = "hf_SecretOfATest";
    private static final String CONFIG = "{\"architecture\": \"vit_tiny_patch16_224\"}";
    private static final byte[] WEIGHTS = weights(100_000);
    private static final Instant NOW = Instant.parse("2026-11-22T12:00:00Z");

    @TempDir
    private Path home;

    private final FakeHub server = new FakeHub(NAME)
            .small("README.md", "Read me")
            .small("config.json", CONFIG)
            .large(MODEL, WEIGHTS);
    private final List<Duration> waits = Collections.synchronizedList(new ArrayList<>());
    private final Map<String, String> environment = new HashMap<>();
    private Duration silence = Duration.ofSeconds(10);

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void theCacheIsLaidOutAsThatOfPython() throws IOException {
        PulledModel model = pull();
        String commit = "1".repeat(40);
        String weightsBlob = server.etag(MODEL);
        String configBlob = server.etag("config.json");
        assertThat(tree(home.resolve("hub")))
                .isEqualTo(new TreeMap<>(Map.of(
                        ".locks/" + FOLDER + "/" + weightsBlob + ".lock", "0 bytes",
                        ".locks/" + FOLDER + "/" + configBlob + ".lock", "0 bytes",
                        FOLDER + "/blobs/" + weightsBlob, "100000 bytes",
                        FOLDER + "/blobs/" + configBlob, CONFIG.length() + " bytes",
                        FOLDER + "/refs/main", "40 bytes",
                        FOLDER + "/snapshots/" + commit + "/" + MODEL, "-> ../../blobs/" + weightsBlob,
                        FOLDER + "/snapshots/" + commit + "/config.json", "-> ../../blobs/" + configBlob)));
        assertThat(repo().resolve("refs/main")).hasContent(commit);
        assertThat(model.weights()).isEqualTo(snapshot(MODEL)).hasBinaryContent(WEIGHTS);
        assertThat(model)
                .isEqualTo(new PulledModel(
                        NAME,
                        commit,
                        snapshot(MODEL),
                        List.of(snapshot(MODEL), snapshot("config.json")),
                        Optional.of("vit_tiny_patch16_224"),
                        Optional.empty()));
    }

    @Test
    void aBareNameIsOneOfTimm() {
        assertThat(hub().pull("vit_tiny_patch16_224.augreg_in21k", "main", Progress.NONE)
                        .repo())
                .isEqualTo(NAME);
    }

    @Test
    void theBackboneIsNamedByTimmWhereTheConfigDoesNot() {
        server.small("config.json", "{}");
        assertThat(pull().backbone()).contains("vit_tiny_patch16_224");
    }

    @Test
    void whatIsThereIsNotFetchedAgain() {
        pull();
        server.seen().clear();
        assertThat(pull().weights()).exists();
        assertThat(server.requests()).containsExactly("GET main");

        server.seen().clear();
        assertThat(pull("1".repeat(40)).weights()).exists();
        assertThat(server.requests()).isEmpty();
    }

    @Test
    void aNewCommitWithTheSameFileLinksTheSameBlob() throws IOException {
        pull();
        server.commit("2".repeat(40));
        server.seen().clear();
        PulledModel model = pull();
        assertThat(model.commit()).isEqualTo("2".repeat(40));
        assertThat(model.weights()).hasBinaryContent(WEIGHTS);
        assertThat(server.requests()).containsExactly("GET main", "HEAD " + MODEL, "HEAD config.json");
        assertThat(repo().resolve("refs/main")).hasContent("2".repeat(40));
        try (Stream<Path> blobs = Files.list(repo().resolve("blobs"))) {
            assertThat(blobs).hasSize(2);
        }
    }

    @Test
    void aBranchOfARequestHasItsRef() {
        pull("refs/pr/1");
        assertThat(server.seen().get(0).path()).endsWith("/revision/refs%2Fpr%2F1");
        assertThat(repo().resolve("refs/refs/pr/1")).hasContent("1".repeat(40));
    }

    @Test
    void offlineTheCacheServes() {
        environment.put("HF_HUB_OFFLINE", "1");
        assertThatThrownBy(this::pull)
                .isInstanceOf(InlayException.class)
                .hasMessageContaining("offline (HF_HUB_OFFLINE)")
                .hasMessageContaining(NAME);
        environment.clear();
        pull();
        server.seen().clear();
        environment.put("HF_HUB_OFFLINE", "yes");
        PulledModel model = pull();
        assertThat(model.weights()).hasBinaryContent(WEIGHTS);
        assertThat(model.files()).hasSize(2);
        assertThat(model.unchecked()).isPresent();
        assertThat(server.seen()).isEmpty();
        assertThatThrownBy(() -> pull("other")).hasMessageContaining("at other");
    }

    @Test
    void withoutAConnectionTheCacheServesAtOnce() {
        pull();
        server.close();
        PulledModel model = pull();
        assertThat(model.weights()).hasBinaryContent(WEIGHTS);
        assertThat(model.unchecked().orElseThrow()).contains("no connection to " + server.endpoint());
        assertThat(waits).isEmpty();
        assertThatThrownBy(() -> pull("other"))
                .isInstanceOf(InlayException.class)
                .hasMessageContaining("no connection to " + server.endpoint());
    }

    @Test
    void aHubThatFailsGivesWayToTheCache() {
        pull();
        server.next("GET main", times(6, status(500)));
        assertThat(pull().unchecked().orElseThrow()).contains("localhost answers 500, given up after 6 attempts");
        assertThat(seconds()).containsExactly(1L, 2L, 4L, 8L, 8L);
    }

    @Test
    void aDroppedConnectionIsTakenUpWhereItBroke() {
        server.next("GET " + MODEL, dropAfter(30_000), dropAfter(20_000));
        List<Long> progress = Collections.synchronizedList(new ArrayList<>());
        PulledModel model = hub().pull(NAME, "main", (name, unit, total) -> done -> {
            if (name.equals(MODEL)) {
                assertThat(total).isEqualTo(100_000);
                progress.add(done);
            }
        });
        assertThat(model.weights()).hasBinaryContent(WEIGHTS);
        assertThat(server.requests())
                .contains("GET " + MODEL, "GET " + MODEL + " bytes=30000-", "GET " + MODEL + " bytes=50000-");
        assertThat(progress).isSorted().contains(30_000L, 50_000L).endsWith(100_000L);
        assertThat(seconds()).containsExactly(1L, 2L);
    }

    @Test
    void attemptsAreBounded() {
        server.next("GET " + MODEL, times(20, dropAfter(10)));
        assertThatThrownBy(this::pull)
                .isInstanceOf(InlayException.class)
                .isNotInstanceOf(DataException.class)
                .hasMessage(NAME + "/" + MODEL + ": the connection broke off, given up after 6 attempts");
        assertThat(incomplete()).hasSize(60);
    }

    @Test
    void aConnectionThatBringsMuchMayBreakOften() {
        byte[] much = weights(8 << 20);
        server.large(MODEL, much);
        server.next("GET " + MODEL, times(7, dropAfter(Math.toIntExact(Retries.PROGRESS_BYTES))));
        assertThat(pull().weights()).hasBinaryContent(much);
        assertThat(seconds()).hasSize(7).containsOnly(1L);
    }

    @Test
    void anEarlierPullIsTakenUp() throws IOException {
        leave(Arrays.copyOf(WEIGHTS, 70_000));
        assertThat(pull().weights()).hasBinaryContent(WEIGHTS);
        assertThat(server.requests()).contains("GET " + MODEL + " bytes=70000-").doesNotContain("GET " + MODEL);
        assertThat(incomplete()).doesNotExist();
    }

    @Test
    void aFileThatOnlyLacksItsNameIsNotFetched() throws IOException {
        leave(WEIGHTS);
        assertThat(pull().weights()).hasBinaryContent(WEIGHTS);
        assertThat(server.requests()).noneMatch(request -> request.startsWith("GET " + MODEL));
    }

    @Test
    void aServerThatIgnoresRangesStartsOver() throws IOException {
        leave(Arrays.copyOf(WEIGHTS, 70_000));
        server.next("GET " + MODEL, whole(WEIGHTS, true));
        assertThat(pull().weights()).hasBinaryContent(WEIGHTS);
        assertThat(waits).isEmpty();
    }

    @Test
    void aRangeThatIsNotTheOneAskedForStartsOver() throws IOException {
        leave(Arrays.copyOf(WEIGHTS, 70_000));
        server.next("GET " + MODEL, (exchange, content) -> {
            exchange.getResponseHeaders().set("Content-Range", "bytes 60000-99999/100000");
            exchange.sendResponseHeaders(206, 40_000);
            exchange.getResponseBody().write(content, 60_000, 40_000);
        });
        assertThat(pull().weights()).hasBinaryContent(WEIGHTS);
        assertThat(server.requests()).contains("GET " + MODEL);
    }

    @Test
    void anUnsatisfiableRangeStartsOver() throws IOException {
        leave(Arrays.copyOf(WEIGHTS, 70_000));
        server.next("GET " + MODEL, status(416));
        assertThat(pull().weights()).hasBinaryContent(WEIGHTS);
        assertThat(server.requests()).contains("GET " + MODEL);
    }

    @Test
    void whatIsTooLongStartsOver() throws IOException {
        leave(weights(100_001));
        assertThat(pull().weights()).hasBinaryContent(WEIGHTS);
    }

    @Test
    void aFileThatChangedBetweenTwoPullsStartsOver() {
        server.next("GET " + MODEL, times(6, dropAfter(10_000)));
        assertThatThrownBy(this::pull).isInstanceOf(InlayException.class);
        byte[] changed = weights(90_000);
        server.large(MODEL, changed);
        server.commit("2".repeat(40));
        server.seen().clear();
        assertThat(pull().weights()).hasBinaryContent(changed);
        assertThat(server.requests()).contains("GET " + MODEL);
    }

    @Test
    void aFileThatChangesBetweenTwoAttemptsStartsOver() {
        byte[] changed = weights(90_000);
        server.next("GET " + MODEL, (exchange, content) -> {
            dropAfter(10_000).send(exchange, content);
            server.large(MODEL, changed);
        });
        assertThat(pull().weights()).hasBinaryContent(changed);
        assertThat(server.requests()).noneMatch(request -> request.contains("bytes="));
    }

    @Test
    void wrongBytesOfAnEarlierPullAreThrownAway() throws IOException {
        leave(new byte[70_000]);
        assertThat(pull().weights()).hasBinaryContent(WEIGHTS);
        assertThat(server.requests()).contains("GET " + MODEL + " bytes=70000-", "GET " + MODEL);
    }

    @Test
    void wrongBytesAreRefused() {
        byte[] wrong = WEIGHTS.clone();
        wrong[99_999]++;
        server.next("GET " + MODEL, whole(wrong, true));
        assertThatThrownBy(this::pull)
                .isInstanceOf(DataException.class)
                .hasMessageContaining("do not have the checksum")
                .hasMessageContaining(server.etag(MODEL));
        assertThat(blob()).doesNotExist();
        assertThat(incomplete()).isEmptyFile();
        assertThat(repo().resolve("refs/main")).doesNotExist();
    }

    @Test
    void gitsChecksumOfASmallFileIsComparedToo() {
        server.next("GET config.json", body(CONFIG.replace("tiny", "huge")));
        assertThatThrownBy(this::pull)
                .isInstanceOf(DataException.class)
                .hasMessageContaining("the bytes of config.json do not have the checksum");
    }

    @ParameterizedTest
    @ValueSource(ints = {99_999, 100_001})
    void aLengthThatIsNotTheHubsIsRefused(int length) {
        server.next("GET " + MODEL, whole(weights(length), true));
        assertThatThrownBy(this::pull)
                .isInstanceOf(DataException.class)
                .hasMessage("the hub says that " + MODEL + " has 100000 bytes, and the server that sends it says "
                        + length + "; try again later");
    }

    @Test
    void moreThanWasPromisedIsRefusedBeforeItEnds() {
        server.next("GET " + MODEL, whole(weights(5_000_000), false));
        assertThatThrownBy(this::pull)
                .isInstanceOf(DataException.class)
                .hasMessageContaining("more than the 100000 bytes");
        assertThat(blob()).doesNotExist();
    }

    @Test
    void lessThanWasPromisedIsTakenUp() {
        server.next("GET " + MODEL, whole(Arrays.copyOf(WEIGHTS, 60_000), false));
        assertThat(pull().weights()).hasBinaryContent(WEIGHTS);
        assertThat(server.requests()).contains("GET " + MODEL + " bytes=60000-");
    }

    @Test
    void aServerThatFallsSilentIsAskedAgain() {
        silence = Duration.ofMillis(700);
        server.next("GET " + MODEL, (exchange, content) -> {
            exchange.sendResponseHeaders(200, content.length);
            exchange.getResponseBody().write(content, 0, 40_000);
            exchange.getResponseBody().flush();
            pauseOf(Duration.ofSeconds(5));
        });
        assertThat(pull().weights()).hasBinaryContent(WEIGHTS);
        assertThat(server.requests()).contains("GET " + MODEL + " bytes=40000-");
    }

    @Test
    void theTokenGoesToTheHubAlone() {
        environment.put("HF_TOKEN", SECRET);
        pull();
        assertThat(server.seen()).anyMatch(request -> request.server().equals("store"));
        assertThat(server.seen()).allSatisfy(request -> assertThat(request.authorization())
                .isEqualTo(request.server().equals("hub") ? "Bearer " + SECRET : null));
    }

    @Test
    void aRenamedRepositoryIsFollowedWithTheToken() {
        environment.put("HF_TOKEN", SECRET);
        String api = "/api/models/" + NAME + "/revision/main";
        server.next("GET main", redirect(307, api + "?renamed"));
        pull();
        assertThat(server.seen().subList(0, 2))
                .allSatisfy(request -> assertThat(request.authorization()).isEqualTo("Bearer " + SECRET));
    }

    @Test
    void badRedirectsAreRefused() {
        server.next("GET main", times(6, redirect(302, "/api/models/" + NAME + "/revision/main")));
        assertThatThrownBy(this::pull).isInstanceOf(DataException.class).hasMessageContaining("more than 5 redirects");
        for (String location : List.of("ftp://localhost/x", "http://", "%%", "file:///etc/passwd")) {
            server.next("GET main", redirect(302, location));
            assertThatThrownBy(this::pull)
                    .as(location)
                    .isInstanceOf(DataException.class)
                    .hasMessageContaining("address");
        }
        server.next("GET main", status(302));
        assertThatThrownBy(this::pull).isInstanceOf(DataException.class).hasMessageContaining("no address");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "401 | RepoNotFound | false | 1 | there is no such repository, or it is private; check the name, or set HF_TOKEN",
                "401 | ''           | true  | 1 | the owner of this token (401)",
                "401 | GatedRepo    | false | 1 | is gated (401): accept its licence at http://localhost:",
                "403 | GatedRepo    | true  | 1 | then use a token (HF_TOKEN) that may read it",
                "403 | ''           | true  | 1 | to the owner of this token (403); use a token",
                "404 | RepoNotFound | false | 3 | has no repository " + NAME,
                "404 | RevisionNotFound | false | 3 | has no branch, tag or commit main (404)",
                "404 | ''           | true  | 3 | check repository and revision (404)",
                "418 | ''           | true  | 1 | unexpected answer of http://localhost:",
            })
    void aRefusalSaysWhatToDo(int status, String code, boolean withToken, int exitCode, String message) {
        if (withToken) {
            environment.put("HF_TOKEN", SECRET);
        }
        server.next("GET main", code.isEmpty() ? status(status) : refusal(status, code));
        InlayException refused = catchThrowableOfType(InlayException.class, this::pull);
        assertThat(refused.getMessage()).contains(message).doesNotContain("\n").doesNotContain(SECRET);
        assertThat(refused.exitCode()).isEqualTo(exitCode);
        assertThat(waits).isEmpty();
    }

    @Test
    void aFileThatIsListedAndNotThereIsNamed() {
        server.next("HEAD " + MODEL, refusal(404, "EntryNotFound"));
        assertThatThrownBy(this::pull)
                .isInstanceOf(DataException.class)
                .hasMessage("there is no " + NAME + "/" + MODEL + " at " + "1".repeat(40) + " (404)");
    }

    @Test
    void aStoreThatRefusesAnOldLinkIsAskedThroughANewOne() {
        server.next("GET " + MODEL, status(403));
        assertThat(pull().weights()).hasBinaryContent(WEIGHTS);
        server.next("GET " + MODEL, times(6, status(403)));
        server.large(MODEL, weights(5)).commit("2".repeat(40));
        assertThatThrownBy(this::pull)
                .hasMessage(NAME + "/" + MODEL + ": localhost answers 403, given up after 6 attempts");
    }

    @ParameterizedTest
    @CsvSource({
        "429, 7, 7",
        "503, 'Sun, 22 Nov 2026 12:01:30 GMT', 90",
        "429, 'Sun, 22 Nov 2026 11:00:00 GMT', 0",
        "429, soon, 1",
        "502, 300, 300",
    })
    void aWaitThatTheHubAsksForIsKept(int status, String value, long seconds) {
        server.next("GET main", retryAfter(status, value));
        assertThat(pull().weights()).exists();
        assertThat(seconds()).containsExactly(seconds);
    }

    @Test
    void aWaitThatIsTooLongIsTheUsersToDecideOn() {
        server.next("GET main", retryAfter(429, "301"));
        assertThatThrownBy(this::pull)
                .isInstanceOf(InlayException.class)
                .hasMessageContaining("localhost answers 429, it asks to wait for 301 s");
        assertThat(waits).isEmpty();
    }

    @Test
    void aHubThatIsBusyForEverIsGivenUp() {
        server.next("HEAD " + MODEL, times(6, status(429)));
        assertThatThrownBy(this::pull).hasMessageContaining("answers 429, given up after 6 attempts");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "", "/", "a/", "/a", "a/b/c", "../x", "a/..", "a--b/c", "a/b.git", "a b", ".a/b", "a/b-", "é/a", "a\\b",
                "a/b\n",
            })
    void badNamesAreRefusedUnasked(String name) {
        assertThatThrownBy(() -> hub().pull(name, "main", Progress.NONE))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("is no name on the hub")
                .hasMessageNotContaining("\n");
        assertThat(server.seen()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "..", "a/../../b", "/etc", "a//b", "a/.", "a b", "x?y", "main/"})
    void badRevisionsAreRefusedUnasked(String revision) {
        assertThatThrownBy(() -> pull(revision))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("no revision");
        assertThat(server.seen()).isEmpty();
    }

    @Test
    void shardsComeWithTheirIndex() {
        FakeHub sharded = sharded("model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors");
        sharded.large("model-00001-of-00002.safetensors", weights(1000));
        sharded.large("model-00002-of-00002.safetensors", weights(2000));
        try (sharded) {
            PulledModel model = hub(sharded).pull(NAME, "main", Progress.NONE);
            assertThat(model.weights().getFileName()).hasToString("model.safetensors.index.json");
            assertThat(model.files().stream().map(file -> file.getFileName().toString()))
                    .containsExactly(
                            "model.safetensors.index.json",
                            "model-00001-of-00002.safetensors",
                            "model-00002-of-00002.safetensors");
            environment.put("HF_HUB_OFFLINE", "1");
            assertThat(hub(sharded).pull(NAME, "main", Progress.NONE).files()).isEqualTo(model.files());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"../../../x.safetensors", "/etc/x.bin", ".x.bin", "a/b.safetensors", "x.py", "..", ""})
    void aShardWithABadNameIsRefused(String shard) throws IOException {
        try (FakeHub sharded = sharded(shard)) {
            sharded.small(shard, "x");
            assertThatThrownBy(() -> hub(sharded).pull(NAME, "main", Progress.NONE))
                    .isInstanceOf(DataException.class)
                    .hasMessageContaining("'" + shard + "' is no name of a file of weights");
            assertThat(tree(home).keySet()).noneMatch(path -> path.endsWith("x.safetensors"));
        }
    }

    @Test
    void aShardThatIsNotListedIsNamed() {
        try (FakeHub sharded = sharded("model-1.safetensors")) {
            assertThatThrownBy(() -> hub(sharded).pull(NAME, "main", Progress.NONE))
                    .isInstanceOf(DataException.class)
                    .hasMessageContaining("names model-1.safetensors, which the repository does not have");
        }
    }

    @Test
    void aPickleServesWhereThereIsNothingElse() {
        try (FakeHub other =
                new FakeHub(NAME).large("pytorch_model.bin", WEIGHTS).small("flax_model.msgpack", "x")) {
            assertThat(hub(other).pull(NAME, "main", Progress.NONE).weights().getFileName())
                    .hasToString("pytorch_model.bin");
        }
        try (FakeHub none = new FakeHub(NAME).small("flax_model.msgpack", "x")) {
            none.commit("3".repeat(40));
            assertThatThrownBy(() -> hub(none).pull(NAME, "main", Progress.NONE))
                    .isInstanceOf(DataException.class)
                    .hasMessageContaining("no weights that are known here");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", "{\"sha\": \"../../x\"}", "[]", "hello", "", "{\"sha\": 5"})
    void anAnswerThatIsNoListIsRefused(String text) {
        server.next("GET main", body(text));
        assertThatThrownBy(this::pull).isInstanceOf(DataException.class).hasMessageContaining("is HF_ENDPOINT a hub?");
    }

    @Test
    void anEndlessListIsRefused() {
        server.next("GET main", (exchange, content) -> {
            exchange.sendResponseHeaders(200, 0);
            byte[] some = new byte[1 << 20];
            for (int i = 0; i < 1000; i++) {
                exchange.getResponseBody().write(some);
            }
        });
        assertThatThrownBy(this::pull)
                .isInstanceOf(DataException.class)
                .hasMessageContaining("is longer than 16777216");
    }

    @Test
    void anotherCommitThanAskedForIsRefused() {
        assertThatThrownBy(() -> pull("2".repeat(40)))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("which is not its commit");
    }

    @ParameterizedTest
    @ValueSource(strings = {"../../../x", "abc", "", "ABCDEF"})
    void aChecksumThatIsNoneIsRefused(String etag) {
        server.next("HEAD " + MODEL, head(etag, 5));
        assertThatThrownBy(this::pull).isInstanceOf(DataException.class).hasMessageContaining("gives no checksum of");
    }

    @Test
    void moreThanTheDiskHoldsIsRefusedBeforehand() {
        server.next("HEAD " + MODEL, head("a".repeat(64), 1L << 59));
        assertThatThrownBy(this::pull)
                .isInstanceOf(InlayException.class)
                .hasMessageStartingWith("no room for " + MODEL + ": it needs 576,460,752,303.4 MB, and ");
    }

    @Test
    void aFullDiskIsSaidAndNotTriedAgain() throws IOException {
        Path full = Path.of("/dev/full");
        assumeTrue(Files.exists(full), "this system has no /dev/full");
        Files.createSymbolicLink(
                Files.createDirectories(incomplete().getParent())
                        .resolve(incomplete().getFileName()),
                full);
        assertThatThrownBy(this::pull)
                .isInstanceOf(InlayException.class)
                .isNotInstanceOf(DataException.class)
                .hasMessageStartingWith("cannot write " + incomplete() + ": ")
                .hasMessageContaining("space");
        assertThat(waits).isEmpty();
    }

    @Test
    void twoPullsAtOnceFetchOnce() throws Exception {
        server.next("GET " + MODEL, (exchange, content) -> {
            pauseOf(Duration.ofMillis(300));
            whole(content, true).send(exchange, content);
        });
        ExecutorService threads = Executors.newFixedThreadPool(2);
        try {
            Hub one = hub();
            Hub other = hub();
            Future<PulledModel> first = threads.submit(() -> one.pull(NAME, "main", Progress.NONE));
            Future<PulledModel> second = threads.submit(() -> other.pull(NAME, "main", Progress.NONE));
            assertThat(first.get()).isEqualTo(second.get());
            assertThat(first.get().weights()).hasBinaryContent(WEIGHTS);
        } finally {
            threads.shutdownNow();
        }
        assertThat(server.requests()).containsOnlyOnce("GET " + MODEL, "GET config.json");
    }

    private PulledModel pull() {
        return pull("main");
    }

    private PulledModel pull(String revision) {
        return hub().pull(NAME, revision, Progress.NONE);
    }

    private Hub hub() {
        return hub(server);
    }

    private Hub hub(FakeHub asked) {
        Map<String, String> all = new HashMap<>(environment);
        all.put("HF_HOME", home.toString());
        all.put("HF_ENDPOINT", asked.endpoint() + "/");
        Timing timing = new Timing(
                Duration.ofSeconds(10), Duration.ofSeconds(10), silence, InstantSource.fixed(NOW), this::wait);
        return new Hub(HubSettings.of(all, home), timing);
    }

    /** Notes what would be waited for; waiting for another thread takes real time. */
    private void wait(Duration duration) throws InterruptedException {
        if (duration.toMillis() == 100) {
            Thread.sleep(20);
        } else {
            waits.add(duration);
        }
    }

    private static void pauseOf(Duration duration) {
        try {
            Thread.sleep(duration.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private List<Long> seconds() {
        return waits.stream().map(Duration::toSeconds).toList();
    }

    private Path repo() {
        return home.resolve("hub").resolve(FOLDER);
    }

    private Path snapshot(String file) {
        return repo().resolve("snapshots").resolve("1".repeat(40)).resolve(file);
    }

    private Path blob() {
        return repo().resolve("blobs").resolve(server.etag(MODEL));
    }

    private Path incomplete() {
        return repo().resolve("blobs").resolve(server.etag(MODEL) + ".incomplete");
    }

    private void leave(byte[] bytes) throws IOException {
        Files.createDirectories(incomplete().getParent());
        Files.write(incomplete(), bytes);
    }

    private static FakeHub sharded(String... shards) {
        StringBuilder map = new StringBuilder();
        for (int i = 0; i < shards.length; i++) {
            map.append(i == 0 ? "" : ", ").append("\"t" + i + "\": \"" + shards[i] + "\"");
        }
        return new FakeHub(NAME).small("model.safetensors.index.json", "{\"weight_map\": {" + map + "}}");
    }

    private static FakeHub.Answer[] times(int n, FakeHub.Answer answer) {
        return Collections.nCopies(n, answer).toArray(FakeHub.Answer[]::new);
    }

    private static byte[] weights(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }

    /** Every file and link below a folder, with its length or target. */
    private static Map<String, String> tree(Path folder) throws IOException {
        Map<String, String> tree = new TreeMap<>();
        try (Stream<Path> paths = Files.walk(folder)) {
            for (Path path : paths.filter(p -> Files.isSymbolicLink(p) || !Files.isDirectory(p))
                    .toList()) {
                tree.put(
                        folder.relativize(path).toString(),
                        Files.isSymbolicLink(path)
                                ? "-> " + Files.readSymbolicLink(path)
                                : Files.size(path) + " bytes");
            }
        }
        return tree;
    }
}
