package dev.inlay.bench.study;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.LongAdder;

/** Asks a service for predictions and checks and counts every answer. */
final class CheckedClient {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final int OK = 200;
    private static final int SHOWN = 5;

    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final String url;
    private final KnownAnswers known;
    private final Map<String, LongAdder> outcomes = new ConcurrentSkipListMap<>();
    private final Map<String, Queue<Double>> millis = new ConcurrentHashMap<>();
    private final Queue<String> wrong = new ConcurrentLinkedQueue<>();

    CheckedClient(String url, KnownAnswers known) {
        this.url = url;
        this.known = known;
    }

    /**
     * Asks a task about an image.
     *
     * @param seeds of the versions of the task that may answer
     * @param due when the request was to be sent, in the time of {@link System#nanoTime}
     */
    CompletableFuture<Void> ask(String id, int image, List<Long> seeds, long due) {
        return send(id, known.image(image)).handle((reply, failure) -> {
            String outcome = failure != null ? name(failure) : outcome(reply);
            count(outcome);
            millis.computeIfAbsent(outcome, one -> new ConcurrentLinkedQueue<>())
                    .add((System.nanoTime() - due) / 1e6);
            if (failure == null && reply.statusCode() == OK) {
                try {
                    known.wrong(JSON.readTree(reply.body()), id, image, seeds).ifPresent(wrong::add);
                } catch (IOException | RuntimeException e) {
                    wrong.add(e.toString());
                }
            }
            return null;
        });
    }

    /** Asks a task about bytes that may be no image, and counts what it says. */
    CompletableFuture<Void> askAny(String id, byte[] image) {
        return send(id, image).handle((reply, failure) -> {
            count(failure != null ? name(failure) : outcome(reply));
            return null;
        });
    }

    private CompletableFuture<HttpResponse<byte[]>> send(String id, byte[] image) {
        return client.sendAsync(
                HttpRequest.newBuilder(URI.create(url + "v1/tasks/" + id + "/predict?top=1000"))
                        .timeout(Duration.ofMinutes(2))
                        .header("Content-Type", "image/png")
                        .POST(BodyPublishers.ofByteArray(image))
                        .build(),
                BodyHandlers.ofByteArray());
    }

    /** Puts a task and says how that ended. */
    String put(String id, byte[] task) throws InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(url + "v1/tasks/" + id))
                .PUT(BodyPublishers.ofByteArray(task))
                .build();
        try {
            return outcome(client.send(request, BodyHandlers.ofByteArray()));
        } catch (IOException e) {
            return name(e);
        }
    }

    private static String name(Throwable failure) {
        Throwable cause = failure.getCause() == null ? failure : failure.getCause();
        return "no answer, " + cause;
    }

    /** The status; refusals that are no problem documents are called so. */
    private static String outcome(HttpResponse<byte[]> reply) {
        if (reply.statusCode() == OK) {
            return "200";
        }
        String type = reply.headers().firstValue("Content-Type").orElse("");
        return reply.statusCode() + (type.equals("application/problem+json") && isProblem(reply) ? "" : ", untyped");
    }

    private static boolean isProblem(HttpResponse<byte[]> reply) {
        try {
            JsonNode problem = JSON.readTree(reply.body());
            return problem.path("status").asInt() == reply.statusCode()
                    && !problem.path("detail").asText().isBlank();
        } catch (IOException e) {
            return false;
        }
    }

    private void count(String outcome) {
        outcomes.computeIfAbsent(outcome, one -> new LongAdder()).increment();
    }

    long answered() {
        LongAdder count = outcomes.get("200");
        return count == null ? 0 : count.sum();
    }

    /** Prints what was counted since the client was made. */
    void print(PrintWriter out) {
        outcomes.forEach((outcome, count) -> {
            double[] all = millis.getOrDefault(outcome, new ConcurrentLinkedQueue<>()).stream()
                    .mapToDouble(one -> one)
                    .toArray();
            Arrays.sort(all);
            out.printf("%10d  %s", count.sum(), outcome);
            if (all.length > 0) {
                out.printf(
                        "; p50 %.0f, p95 %.0f, p99 %.0f, most %.0f ms",
                        of(all, 0.5), of(all, 0.95), of(all, 0.99), of(all, 1));
            }
            out.println();
        });
        out.printf("%10d  wrong answers%n", wrong.size());
        wrong.stream().limit(SHOWN).forEach(out::println);
        out.flush();
    }

    private static double of(double[] sorted, double share) {
        return sorted[(int) Math.round(share * (sorted.length - 1))];
    }
}
