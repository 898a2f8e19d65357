package dev.inlay.bench;

import dev.inlay.error.InlayException;
import dev.inlay.plan.Plan;
import dev.inlay.progress.Progress;
import dev.inlay.tensor.LibTorch;
import dev.inlay.tensor.Precision;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Supplier;

/**
 * Measures cases, each with a worker of its own: memory over the first two runs, then the time of each round, then where
 * the time goes.
 *
 * @param workers makes one
 * @param rounds how often each case is timed, at least 1
 * @param sampling how long it is watched where the time goes
 * @param products how long each size of matrix products is tried with each library
 */
public record Bench(Supplier<BenchWorker> workers, int rounds, Duration sampling, Duration products) {
    private static final int FIRST_RUNS = 2;

    /**
     * Measures every case, one after the other, and before and after them how fast this machine multiplies matrices, which
     * is at least as fast as the fastest case did.
     *
     * @throws InlayException naming the case that failed
     */
    public BenchReport run(List<BenchCase> cases, Progress progress) {
        Map<Precision, Double> rates = new EnumMap<>(Precision.class);
        cases.forEach(work -> rates.put(work.precision(), 0.0));
        rates.replaceAll((precision, none) -> MatrixRate.measure(precision, products));
        Map<List<String>, Optional<Plan>> plans = new HashMap<>();
        List<CaseResult> results = new ArrayList<>();
        try (Progress.Task task = progress.start("bench", Progress.Unit.CASES, cases.size())) {
            for (BenchCase work : cases) {
                task.note(work.name());
                Optional<Plan> plan = plans.computeIfAbsent(
                        List.of(work.stage().word(), work.backbone(), work.settings()), key -> Methods.plan(work));
                results.add(run(work, plan));
                task.at(results.size());
            }
        }
        rates.replaceAll((precision, before) -> Math.max(before, MatrixRate.measure(precision, products)));
        results.forEach(result -> rates.merge(result.work().precision(), result.flopsPerSecond(), Math::max));
        Map<String, String> machine = new LinkedHashMap<>();
        machine.put("engine", "Inlay");
        machine.put("java", System.getProperty("java.version"));
        machine.put("system", System.getProperty("os.name") + " " + System.getProperty("os.arch"));
        machine.put("processors", Integer.toString(Runtime.getRuntime().availableProcessors()));
        machine.putAll(LibTorch.describe());
        return new BenchReport(machine, LibTorch.threads(), rates, results);
    }

    private CaseResult run(BenchCase work, Optional<Plan> plan) {
        try (BenchWorker worker = workers.get()) {
            CaseInfo opened = worker.open(work, plan);
            Memory memory = worker.memory(FIRST_RUNS).orElse(null);
            if (!work.timed()) {
                return new CaseResult(work, opened, null, memory, null);
            }
            Rounds timed = worker.run(rounds);
            OptionalDouble share = worker.share(sampling);
            return new CaseResult(work, opened, timed, memory, share.isPresent() ? (Double) share.getAsDouble() : null);
        } catch (RuntimeException e) {
            throw new InlayException("the case '" + work.name() + "' failed: " + e.getMessage(), e);
        }
    }
}
