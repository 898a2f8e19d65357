package dev.inlay.hub;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;

/**
 * A hub with one repository, and a store on another port that the hub redirects large files to, as the real one does. A test
 * can say how the next requests are answered instead.
 */
public final class FakeHub implements AutoCloseable {
    /** One request as it came. */
    record Seen(String server, String method, String path, String authorization, String range) {
        /** As in {@code "GET model.safetensors bytes=5-"}. */
        String brief() {
            return method + " " + path.replaceAll(".*/", "") + (range == null ? "" : " " + range);
        }
    }

    /** How one request is answered. */
    @FunctionalInterface
    public interface Answer {
        /**
         * Sends headers and body.
         *
         * @param content of the file asked for; empty if there is none
         */
        void send(HttpExchange exchange, byte[] content) throws IOException;
    }

    private final String repo;
    private final Map<String, byte[]> files = new LinkedHashMap<>();
    private final Set<String> large = new LinkedHashSet<>();
    private final Map<String, Deque<Answer>> scripted = new ConcurrentHashMap<>();
    private final List<Seen> seen = new CopyOnWriteArrayList<>();
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final HttpServer hub;
    private final HttpServer store;
    private String commit = "1".repeat(40);

    /**
     * A hub on a free port.
     *
     * @param repo its only repository
     */
    public FakeHub(String repo) {
        this.repo = repo;
        hub = server("hub");
        store = server("store");
    }

    private HttpServer server(String name) {
        try {
            HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            server.setExecutor(threads);
            server.createContext("/", exchange -> handle(name, exchange));
            server.start();
            return server;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Adds a file that is served by the hub and named by git's SHA-1. */
    public FakeHub small(String name, String text) {
        files.put(name, text.getBytes(UTF_8));
        return this;
    }

    /** Adds a file that is served by the store and named by its SHA-256. */
    public FakeHub large(String name, byte[] bytes) {
        files.put(name, bytes);
        large.add(name);
        return this;
    }

    void commit(String sha) {
        commit = sha;
    }

    /** Answers requests to come, in this order, such as {@code "GET model.safetensors"}; afterwards all is as usual. */
    FakeHub next(String request, Answer... answers) {
        scripted.computeIfAbsent(request, key -> new ArrayDeque<>()).addAll(Arrays.asList(answers));
        return this;
    }

    /** What the hub's address is. */
    public String endpoint() {
        return address(hub);
    }

    String store() {
        return address(store);
    }

    private static String address(HttpServer server) {
        return "http://localhost:" + server.getAddress().getPort();
    }

    List<Seen> seen() {
        return seen;
    }

    /** All requests in order, without those to the hub that led to the store. */
    List<String> requests() {
        return seen.stream()
                .filter(r -> !(r.server.equals("hub") && r.method.equals("GET") && large.contains(name(r.path))))
                .map(Seen::brief)
                .toList();
    }

    String etag(String name) {
        try {
            byte[] content = files.get(name);
            if (large.contains(name)) {
                return HexFormat.of()
                        .formatHex(MessageDigest.getInstance("SHA-256").digest(content));
            }
            MessageDigest git = MessageDigest.getInstance("SHA-1");
            git.update(("blob " + content.length + "\0").getBytes(UTF_8));
            return HexFormat.of().formatHex(git.digest(content));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String name(String path) {
        return path.replaceAll(".*/", "");
    }

    private void handle(String server, HttpExchange exchange) throws IOException {
        try (exchange) {
            String path = exchange.getRequestURI().getRawPath();
            seen.add(new Seen(
                    server,
                    exchange.getRequestMethod(),
                    path,
                    exchange.getRequestHeaders().getFirst("Authorization"),
                    exchange.getRequestHeaders().getFirst("Range")));
            byte[] content = files.getOrDefault(name(path), new byte[0]);
            Deque<Answer> answers = large.contains(name(path))
                            && server.equals("hub")
                            && exchange.getRequestMethod().equals("GET")
                    ? null
                    : scripted.get(exchange.getRequestMethod() + " " + name(path));
            Answer answer = answers == null ? null : answers.poll();
            if (answer != null) {
                answer.send(exchange, content);
            } else {
                usual(server, path, exchange);
            }
        }
    }

    private void usual(String server, String path, HttpExchange exchange) throws IOException {
        String name = name(path);
        String resolve = "/" + repo + "/resolve/" + commit + "/";
        if (server.equals("hub") && path.startsWith("/api/models/" + repo + "/revision/")) {
            String siblings = files.keySet().stream()
                    .map(file -> "{\"rfilename\": \"" + file + "\"}")
                    .collect(Collectors.joining(", "));
            body("{\"id\": \"" + repo + "\", \"sha\": \"" + commit + "\", \"siblings\": [" + siblings + "]}")
                    .send(exchange, new byte[0]);
        } else if (!path.equals((server.equals("hub") ? resolve : "/blobs/") + name) || !files.containsKey(name)) {
            refusal(404, "EntryNotFound").send(exchange, new byte[0]);
        } else if (server.equals("hub") && large.contains(name)) {
            exchange.getResponseHeaders().set("X-Linked-Etag", "\"" + etag(name) + "\"");
            exchange.getResponseHeaders().set("X-Linked-Size", Integer.toString(files.get(name).length));
            exchange.getResponseHeaders().set("X-Repo-Commit", commit);
            redirect(302, store() + "/blobs/" + name + "?signature=secret").send(exchange, new byte[0]);
        } else if (exchange.getRequestMethod().equals("HEAD")) {
            head(etag(name), files.get(name).length).send(exchange, new byte[0]);
        } else {
            ranged(exchange, files.get(name));
        }
    }

    private static void ranged(HttpExchange exchange, byte[] content) throws IOException {
        int from = from(exchange);
        int length = content.length - from;
        if (length <= 0 && from > 0) {
            exchange.sendResponseHeaders(416, -1);
            return;
        }
        if (from > 0) {
            exchange.getResponseHeaders()
                    .set("Content-Range", "bytes " + from + "-" + (content.length - 1) + "/" + content.length);
        }
        exchange.sendResponseHeaders(from > 0 ? 206 : 200, length == 0 ? -1 : length);
        exchange.getResponseBody().write(content, from, length);
    }

    private static int from(HttpExchange exchange) {
        String range = exchange.getRequestHeaders().getFirst("Range");
        return range == null ? 0 : Integer.parseInt(range.replaceAll("\\D", ""));
    }

    static Answer status(int status) {
        return (exchange, content) -> exchange.sendResponseHeaders(status, -1);
    }

    static Answer refusal(int status, String code) {
        return (exchange, content) -> {
            exchange.getResponseHeaders().set("X-Error-Code", code);
            exchange.sendResponseHeaders(status, -1);
        };
    }

    static Answer retryAfter(int status, String value) {
        return (exchange, content) -> {
            exchange.getResponseHeaders().set("Retry-After", value);
            exchange.sendResponseHeaders(status, -1);
        };
    }

    static Answer redirect(int status, String location) {
        return (exchange, content) -> {
            exchange.getResponseHeaders().set("Location", location);
            exchange.sendResponseHeaders(status, -1);
        };
    }

    static Answer head(String etag, long size) {
        return (exchange, content) -> {
            exchange.getResponseHeaders().set("ETag", "\"" + etag + "\"");
            exchange.getResponseHeaders().set("Content-Length", Long.toString(size));
            exchange.sendResponseHeaders(200, -1);
        };
    }

    static Answer body(String text) {
        return (exchange, content) -> {
            byte[] bytes = text.getBytes(UTF_8);
            exchange.sendResponseHeaders(200, bytes.length);
            exchange.getResponseBody().write(bytes);
        };
    }

    /** Promises everything from where it was asked to, sends some bytes of that and breaks off. */
    static Answer dropAfter(int bytes) {
        return (exchange, content) -> {
            int from = from(exchange);
            if (from > 0) {
                exchange.getResponseHeaders()
                        .set("Content-Range", "bytes " + from + "-" + (content.length - 1) + "/" + content.length);
            }
            exchange.sendResponseHeaders(from > 0 ? 206 : 200, content.length - from);
            OutputStream out = exchange.getResponseBody();
            out.write(content, from, Math.min(bytes, content.length - from - 1));
            out.flush();
        };
    }

    /** Sends bytes of its own from the start, with their length or without. */
    static Answer whole(byte[] bytes, boolean withLength) {
        return (exchange, content) -> {
            exchange.sendResponseHeaders(200, withLength ? bytes.length : 0);
            exchange.getResponseBody().write(bytes);
        };
    }

    @Override
    public void close() {
        hub.stop(0);
        store.stop(0);
        threads.shutdownNow();
    }
}
