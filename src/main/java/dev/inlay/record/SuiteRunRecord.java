package dev.inlay.record;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;

/**
 * One run of a suite: a line of {@code trials.jsonl}, complete in itself, so that tables can be made of such lines
 * wherever they come from.
 *
 * @param suite name of the suite
 * @param task name of the task
 * @param group the task's group
 * @param method name of the method
 * @param seed of the run
 * @param top1 {@linkplain Quality#score score} on the test split after the last epoch, at most 1; null if the run failed, and so for
 *     all numbers below
 * @param bestOnTest the best epoch as the test split saw it; null if it saw none
 * @param testEvaluations how many epochs {@code bestOnTest} was chosen from
 * @param chosen what the validation split chose, settings and their accuracy there; null if nothing was searched
 * @param parameters trained parameters without the head
 * @param seconds wall-clock time of the run without loading and reporting
 * @param data what was learned from and tested on
 * @param warnings what a reader of the numbers should know
 * @param error why the run failed; null if it did not
 * @param configHash SHA-256 of {@code config} as it stands in the line, byte for byte; 64 hexadecimal digits
 * @param config the config in full, with only the last name of each path
 * @param score what {@code top1} is, where it is not accuracy: {@code mAP}, {@code R²} or {@code mean IoU}; else null
 * @param provenance version, device, threads and the fingerprints of backbone and data; null if the run failed
 */
public record SuiteRunRecord(
        String suite,
        String task,
        String group,
        String method,
        long seed,
        Double top1,
        BestOnTest bestOnTest,
        int testEvaluations,
        SearchTrial chosen,
        Long parameters,
        Double seconds,
        DataRecord data,
        List<String> warnings,
        String error,
        String configHash,
        JsonNode config,
        String score,
        Provenance provenance)
        implements ExperimentRun {
    /** Copies the list; null stands for an empty one. */
    public SuiteRunRecord {
        Objects.requireNonNull(suite, "suite");
        Objects.requireNonNull(task, "task");
        Objects.requireNonNull(group, "group");
        Objects.requireNonNull(method, "method");
        Objects.requireNonNull(configHash, "configHash");
        warnings = warnings == null ? List.of() : List.copyOf(warnings);
        if ((top1 == null) == (error == null)) {
            throw new IllegalArgumentException("a trial has either top1 or error");
        }
    }

    /**
     * A finished run.
     *
     * @param config the run's, without paths
     */
    public static SuiteRunRecord finished(String suite, String group, RunKey key, RunRecord run, JsonNode config) {
        return new SuiteRunRecord(
                suite,
                key.task(),
                group,
                key.method(),
                key.seed(),
                run.test().score(),
                run.bestOnTest(),
                (int) run.curves().stream()
                        .filter(epoch -> epoch.testTop1() != null)
                        .count(),
                run.search().stream().filter(SearchTrial::chosen).findFirst().orElse(null),
                run.trainableParameters().withoutHead(),
                run.workSeconds(),
                run.data(),
                run.warnings(),
                null,
                hash(config),
                config,
                run.test() instanceof Accuracy ? null : run.test().scoreName(),
                run.provenance());
    }

    /**
     * A run that failed.
     *
     * @param error why
     * @param config the run's, without paths
     */
    public static SuiteRunRecord failed(String suite, String group, RunKey key, String error, JsonNode config) {
        return new SuiteRunRecord(
                suite,
                key.task(),
                group,
                key.method(),
                key.seed(),
                null,
                null,
                0,
                null,
                null,
                null,
                null,
                List.of(),
                Objects.requireNonNull(error),
                hash(config),
                config,
                null,
                null);
    }

    private static String hash(JsonNode config) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256")
                    .digest(config.toString().getBytes(UTF_8));
            return HexFormat.of().formatHex(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
