package dev.inlay.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.inlay.error.InlayException;
import dev.inlay.plan.Plan;
import dev.inlay.plan.PlanJson;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/** Works in a process of its own, so that its memory is that of its case alone. */
public final class ChildWorker implements BenchWorker {
    private final Process process;
    private final Writer questions;
    private final BufferedReader answers;

    /**
     * Starts another Java like this one, with the same options and class path.
     *
     * @param command a main class and its arguments, which end in {@link WorkerLoop#serve} over the standard streams
     * @throws InlayException if it cannot be started
     */
    public ChildWorker(List<String> command) {
        List<String> line = new ArrayList<>();
        line.add(ProcessHandle.current()
                .info()
                .command()
                .orElseThrow(() -> new InlayException("this system does not tell how Java was started")));
        line.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        line.addAll(List.of("-cp", System.getProperty("java.class.path")));
        line.addAll(command);
        try {
            process = new ProcessBuilder(line)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
        } catch (IOException e) {
            throw new InlayException("cannot start " + line.get(0) + ": " + e, e);
        }
        questions = new OutputStreamWriter(process.getOutputStream(), UTF_8);
        answers = process.inputReader(UTF_8);
    }

    /** An answer that may be nothing, or a failure. */
    private record Answer(@JsonProperty("memory") Memory memory, @JsonProperty("share") Double share) {}

    private record Failure(@JsonProperty("error") String error) {}

    @Override
    public CaseInfo open(BenchCase work, Optional<Plan> plan) {
        return ask(WorkerRequest.open(work, plan.map(PlanJson::tree).orElse(null)), CaseInfo.class);
    }

    @Override
    public Rounds run(int times) {
        return ask(WorkerRequest.run(times), Rounds.class);
    }

    @Override
    public Optional<Memory> memory(int times) {
        return Optional.ofNullable(
                ask(WorkerRequest.memory(times), Answer.class).memory());
    }

    @Override
    public OptionalDouble share(Duration atLeast) {
        Double share =
                ask(WorkerRequest.share(atLeast.toNanos() / 1e9), Answer.class).share();
        return share == null ? OptionalDouble.empty() : OptionalDouble.of(share);
    }

    private <T> T ask(WorkerRequest request, Class<T> type) {
        String answer;
        try {
            questions.write(BenchJson.line(request) + "\n");
            questions.flush();
            answer = answers.readLine();
        } catch (IOException e) {
            throw new InlayException("the process that measures has ended: " + e, e);
        }
        if (answer == null) {
            throw new InlayException("the process that measures has ended"
                    + (process.isAlive() ? "" : " with exit code " + process.exitValue())
                    + "; there may be too little memory");
        }
        String error = BenchJson.parse(answer, Failure.class, "answer").error();
        if (error != null) {
            throw new InlayException("the process that measures failed: " + error);
        }
        return BenchJson.parse(answer, type, "answer");
    }

    /** Ends the process, whatever it does. */
    @Override
    public void close() {
        process.destroy();
        try {
            process.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
