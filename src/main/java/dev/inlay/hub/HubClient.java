package dev.inlay.hub;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.inlay.error.DataException;
import dev.inlay.error.InlayException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.security.cert.CertificateException;
import java.time.Duration;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import javax.net.ssl.SSLHandshakeException;

/**
 * Asks the hub, as {@code huggingface_hub/file_download.py} does. Redirects are followed by hand: the token goes to the
 * hub and nowhere else.
 */
final class HubClient {
    /** The hub needs two, to a renamed repository and to a store. */
    private static final int MAX_REDIRECTS = 5;

    /** A list of files is some 100 bytes for each; a repository of weights has a few dozen. */
    private static final int MAX_LISTING = 16 << 20;

    private static final int TOO_MANY_REQUESTS = 429;
    private static final int SERVER_FAILS = 500;

    private final HubSettings hub;
    private final Timing timing;
    private final HttpClient http;

    HubClient(HubSettings hub, Timing timing) {
        this.hub = hub;
        this.timing = timing;
        http = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER)
                .connectTimeout(timing.connect())
                .build();
    }

    /**
     * The files of a repository.
     *
     * @throws HubUnavailableException if the hub cannot be reached or does not serve
     * @throws InlayException if there is no such repository or revision, or it may not be read
     * @throws DataException if the answer makes no sense
     */
    Listing list(RepoId repo, Revision revision) {
        HubResource asked = new HubResource(repo, revision.text(), Optional.empty());
        URI uri = uri("/api/models/" + repo + "/revision/" + UrlPath.encoded(revision.text(), ""));
        JsonNode json = persistently(asked, () -> {
            try (ResponseBody body =
                    answer("GET", uri, 0, asked, status -> status == 200).body()) {
                return json(body, asked);
            } catch (ConnectException | HttpConnectTimeoutException e) {
                throw new HubUnavailableException(
                        "no connection to " + hub.endpoint() + "; check the network, its proxy and HF_ENDPOINT", e);
            }
        });
        String commit = json.path("sha").asText();
        if (!Revision.isCommit(commit) || (revision.isCommit() && !commit.equals(revision.text()))) {
            throw new DataException(hub.endpoint() + " answers about " + asked + " with '" + Printable.text(commit)
                    + "', which is not its commit; is HF_ENDPOINT a hub?");
        }
        Set<String> files = new LinkedHashSet<>();
        json.path("siblings").forEach(file -> files.add(file.path("rfilename").asText()));
        return new Listing(commit, files);
    }

    /**
     * Checksum and size of a file.
     *
     * @throws InlayException as {@link #list}
     */
    RemoteFile describe(RepoId repo, String commit, String file) {
        HubResource asked = new HubResource(repo, commit, Optional.of(file));
        HttpResponse<ResponseBody> response = persistently(
                asked, () -> answer("HEAD", fileUri(repo, commit, file), 0, asked, status -> status == 200));
        response.body().close();
        Etag etag = header(response, "X-Linked-Etag", "ETag")
                .flatMap(Etag::parse)
                .orElseThrow(() -> new DataException(hub.endpoint() + " gives no checksum of " + asked
                        + ", so it could not be checked; if HF_ENDPOINT is a mirror, use another"));
        String size = header(response, "X-Linked-Size", "Content-Length").orElse("");
        if (!size.matches("\\d{1,18}")) {
            throw new DataException(hub.endpoint() + " gives '" + Printable.text(size) + "' as the size of " + asked
                    + "; expected bytes");
        }
        return new RemoteFile(file, etag, Long.parseLong(size));
    }

    /**
     * The bytes of a file, from one on. Not retried.
     *
     * @param from the first byte asked for; the answer says (200) if it begins at 0 all the same
     * @return an answer of status 200, 206 or 416, to be closed
     * @throws IOException if it failed in a way that may pass
     * @throws InlayException as {@link #list}
     */
    HttpResponse<ResponseBody> open(RepoId repo, String commit, String file, long from) throws IOException {
        HubResource asked = new HubResource(repo, commit, Optional.of(file));
        return answer(
                "GET",
                fileUri(repo, commit, file),
                from,
                asked,
                status -> status == 200 || from > 0 && (status == 206 || status == 416));
    }

    private URI fileUri(RepoId repo, String commit, String file) {
        return uri("/" + repo + "/resolve/" + commit + "/" + UrlPath.encoded(file, "/"));
    }

    private URI uri(String path) {
        return URI.create(hub.endpoint() + path);
    }

    private HttpResponse<ResponseBody> answer(
            String method, URI first, long from, HubResource asked, Predicate<Integer> good) throws IOException {
        URI uri = first;
        for (int hop = 0; hop <= MAX_REDIRECTS; hop++) {
            HttpResponse<ResponseBody> response = send(method, uri, from);
            if (good.test(response.statusCode()) || describesItsTarget(method, response)) {
                return response;
            }
            response.body().close();
            if (!isRedirect(response)) {
                throw refused(response, asked);
            }
            uri = target(response, asked);
        }
        throw new DataException(
                "more than " + MAX_REDIRECTS + " redirects on the way to " + asked + "; check HF_ENDPOINT");
    }

    private HttpResponse<ResponseBody> send(String method, URI uri, long from) throws IOException {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri)
                .method(method, HttpRequest.BodyPublishers.noBody())
                .timeout(timing.answer())
                .header("User-Agent", "inlay")
                .header("Accept-Encoding", "identity");
        if (from > 0) {
            request.header("Range", "bytes=" + from + "-");
        }
        if (isHub(uri)) {
            hub.token().ifPresent(token -> request.header("Authorization", token.authorization()));
        }
        try {
            return http.send(request.build(), info -> new ResponseBody(timing.silence()));
        } catch (SSLHandshakeException e) {
            if (e.getCause() instanceof CertificateException) {
                throw new InlayException(
                        uri.getHost() + " shows a certificate that Java does not trust: "
                                + e.getCause().getMessage()
                                + "; if a proxy stands between, add its certificate to Java's",
                        e);
            }
            throw e;
        } catch (InterruptedException e) {
            throw Timing.interrupted(e);
        }
    }

    private static boolean isRedirect(HttpResponse<?> response) {
        return switch (response.statusCode()) {
            case 301, 302, 303, 307, 308 -> true;
            default -> false;
        };
    }

    /** The hub's redirect to a store says all there is to know; the store itself knows other checksums. */
    private static boolean describesItsTarget(String method, HttpResponse<?> response) {
        return method.equals("HEAD")
                && isRedirect(response)
                && response.headers().firstValue("X-Linked-Etag").isPresent()
                && response.headers().firstValue("X-Linked-Size").isPresent();
    }

    /** Addresses of stores carry signatures, so none is shown. */
    private URI target(HttpResponse<?> response, HubResource asked) {
        String host = response.uri().getHost();
        URI target;
        try {
            target = response.uri()
                    .resolve(response.headers().firstValue("Location").orElse(":"));
        } catch (IllegalArgumentException e) {
            throw new DataException(host + " redirects " + asked + " to something that is no address");
        }
        boolean secure = "https".equalsIgnoreCase(target.getScheme());
        boolean plain = "http".equalsIgnoreCase(target.getScheme())
                && "http".equalsIgnoreCase(response.uri().getScheme());
        if (target.getHost() == null || !secure && !plain) {
            throw new DataException(host + " redirects " + asked + " to an address that is not https; refused");
        }
        return target;
    }

    private boolean isHub(URI uri) {
        return uri.getScheme().equalsIgnoreCase(hub.endpoint().getScheme())
                && uri.getHost().equalsIgnoreCase(hub.endpoint().getHost())
                && port(uri) == port(hub.endpoint());
    }

    private static int port(URI uri) {
        if (uri.getPort() >= 0) {
            return uri.getPort();
        }
        return uri.getScheme().equalsIgnoreCase("https") ? 443 : 80;
    }

    private IOException refused(HttpResponse<?> response, HubResource asked) {
        int status = response.statusCode();
        boolean passing = status == TOO_MANY_REQUESTS || status >= SERVER_FAILS;
        // a store's "no" is about a link that has expired, and the hub gives a new one
        if (passing || !isHub(response.uri())) {
            return new BusyException(response.uri().getHost() + " answers " + status, retryAfter(response));
        }
        throw HubRefusal.of(response, asked, hub);
    }

    /** RFC 9110, section 10.2.3: seconds, or a date. */
    private Optional<Duration> retryAfter(HttpResponse<?> response) {
        return response.headers().firstValue("Retry-After").flatMap(value -> {
            if (value.matches("\\d{1,9}")) {
                return Optional.of(Duration.ofSeconds(Long.parseLong(value)));
            }
            try {
                Duration left = Duration.between(
                        timing.clock().instant(), ZonedDateTime.parse(value, DateTimeFormatter.RFC_1123_DATE_TIME));
                return Optional.of(left.isNegative() ? Duration.ZERO : left);
            } catch (DateTimeParseException e) {
                return Optional.empty();
            }
        });
    }

    private static Optional<String> header(HttpResponse<?> response, String first, String second) {
        return response.headers().firstValue(first).or(() -> response.headers().firstValue(second));
    }

    private static JsonNode json(ResponseBody body, HubResource asked) throws IOException {
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        Optional<List<ByteBuffer>> piece = body.next();
        while (piece.isPresent()) {
            for (ByteBuffer buffer : piece.get()) {
                byte[] bytes = new byte[buffer.remaining()];
                buffer.get(bytes);
                text.write(bytes);
            }
            if (text.size() > MAX_LISTING) {
                throw new DataException(
                        "the list of files of " + asked + " is longer than " + MAX_LISTING + " bytes; refused");
            }
            piece = body.next();
        }
        try {
            return Objects.requireNonNull(new ObjectMapper().readTree(text.toString(UTF_8)));
        } catch (JacksonException e) {
            throw new DataException("the list of files of " + asked + " is not JSON; is HF_ENDPOINT a hub?");
        }
    }

    private interface Request<T> {
        T send() throws IOException;
    }

    private <T> T persistently(HubResource asked, Request<T> request) {
        Retries retries = new Retries(timing, asked.toString());
        while (true) {
            try {
                return request.send();
            } catch (IOException e) {
                retries.after(e);
            }
        }
    }
}
