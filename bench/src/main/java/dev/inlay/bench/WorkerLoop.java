package dev.inlay.bench;

import com.fasterxml.jackson.databind.JsonNode;
import dev.inlay.error.InlayException;
import dev.inlay.error.MemoryException;
import dev.inlay.keys.Keys;
import dev.inlay.plan.Plan;
import dev.inlay.plan.PlanJson;
import dev.inlay.tensor.LibTorch;
import dev.inlay.tensor.Precision;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** A worker that is asked, and answers, in lines of JSON, so that another program can have the same work done in turn. */
public final class WorkerLoop {
    private final LocalWorker worker = new LocalWorker();

    private WorkerLoop() {}

    /** The answer to a request that failed. */
    private record Failure(String error) {}

    /** The answer where there is nothing else to say. */
    private record Done(boolean done) {}

    /**
     * Answers every line of {@code in} with one line, until there are no more.
     *
     * @throws InlayException if {@code in} cannot be read
     */
    public static void serve(BufferedReader in, PrintWriter out) {
        WorkerLoop loop = new WorkerLoop();
        try {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                out.println(loop.answer(line));
                out.flush();
            }
        } catch (IOException e) {
            throw new InlayException("cannot read what to measure: " + e, e);
        } finally {
            loop.worker.close();
        }
    }

    private String answer(String line) {
        try {
            return BenchJson.line(answer(BenchJson.parse(line, WorkerRequest.class, "request")));
        } catch (RuntimeException | OutOfMemoryError e) {
            return BenchJson.line(
                    new Failure(MemoryException.of(e).map(Throwable::getMessage).orElseGet(e::toString)));
        }
    }

    private Object answer(WorkerRequest request) {
        return switch (request.op()) {
            case SUITE -> BenchSuite.full();
            case FACTS -> facts();
            case RATE -> rates(request.precisions(), duration(request.seconds()));
            case PLAN -> answer("plan", Methods.plan(request.work()).map(PlanJson::tree));
            case OPEN -> worker.open(request.work(), plan(request.plan()));
            case RUN -> worker.run(request.times());
            case MEMORY -> answer("memory", worker.memory(request.times()));
            case SHARE -> {
                Map<String, Object> share = new LinkedHashMap<>();
                worker.share(duration(request.seconds())).ifPresent(value -> share.put("share", value));
                yield share;
            }
            case SAVE -> {
                worker.save(Path.of(request.file()));
                yield new Done(true);
            }
        };
    }

    private static Map<String, Double> rates(List<Precision> precisions, Duration each) {
        return precisions.stream()
                .collect(Collectors.toMap(Keys::word, precision -> MatrixRate.measure(precision, each)));
    }

    private static Map<String, Object> answer(String key, Optional<?> value) {
        Map<String, Object> answer = new LinkedHashMap<>();
        value.ifPresent(present -> answer.put(key, present));
        return answer;
    }

    private static Map<String, String> facts() {
        Map<String, String> facts = new LinkedHashMap<>();
        facts.put("java", System.getProperty("java.version"));
        facts.put(
                "precisions",
                BenchBackbones.precisions().stream().map(Keys::word).collect(Collectors.joining(",")));
        facts.putAll(LibTorch.describe());
        return facts;
    }

    private static Optional<Plan> plan(JsonNode plan) {
        return plan == null ? Optional.empty() : Optional.of(PlanJson.plan(plan, "request: plan"));
    }

    private static Duration duration(double seconds) {
        return Duration.ofNanos((long) (seconds * 1e9));
    }
}
