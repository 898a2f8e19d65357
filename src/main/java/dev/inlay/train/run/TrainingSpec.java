package dev.inlay.train.run;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.inlay.config.RunConfig;
import dev.inlay.data.Examples;
import dev.inlay.error.InlayException;
import dev.inlay.error.JsonFault;
import dev.inlay.parallel.Group;
import dev.inlay.parallel.Message;
import dev.inlay.plan.FlatIndices;
import dev.inlay.random.Key;
import dev.inlay.train.TrainingSettings;
import dev.inlay.tuning.Tuning;
import dev.inlay.tuning.TuningSpec;
import dev.inlay.tuning.method.StoredSpec;
import dev.inlay.tuning.method.TuningMethod;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * One training of a run. Rank 0 tells it to the others, and all make the same of it.
 *
 * @param chosen the run's config with the settings that were searched for
 * @param spec what is tuned
 * @param seed of the training
 * @param withValidation whether it learns from the validation split, too
 */
record TrainingSpec(RunConfig chosen, TuningSpec spec, long seed, boolean withValidation) {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    /** A training that learns from the train split alone, as all do whose result is judged on validation. */
    static TrainingSpec judgedOnValidation(RunConfig chosen, TuningSpec spec, long seed) {
        return new TrainingSpec(chosen, spec, seed, false);
    }

    /** A training whose result is reported on the test split. */
    static TrainingSpec reported(RunConfig chosen, TuningSpec spec, long seed) {
        return new TrainingSpec(chosen, spec, seed, chosen.train().withValidation());
    }

    TrainingSettings settings(LoadedRun run) {
        return TrainingSettingsFactory.settings(chosen, seed, examples(run));
    }

    /** What it learns from. */
    Examples examples(LoadedRun run) {
        return withValidation ? run.splits().trainAndValidation() : run.splits().train();
    }

    /** Whether there are validation images that it does not learn from. */
    boolean holdsOutValidation(LoadedRun run) {
        return !withValidation && run.hasOwnValidation();
    }

    /** The trainings of the members that this one consists of, one after the other; itself if there is one. */
    List<TrainingSpec> members() {
        List<TuningSpec> specs = spec.members();
        return IntStream.range(0, specs.size())
                .mapToObj(k -> new TrainingSpec(chosen, specs.get(k), memberSeed(k), withValidation))
                .toList();
    }

    /** That of the training for the first member, so that a training of one is a plain one. */
    private long memberSeed(int member) {
        return member == 0 ? seed : Key.of(seed, "member").at(member).bits() >>> 33;
    }

    /** What a member tunes, at its start; to be closed. */
    Tuning tuning(LoadedRun run) {
        int classes = examples(run).classNames().size();
        return new Tuning(run.backbone(), spec, classes, chosen.train().headInit(), seed);
    }

    /**
     * As ranks other than 0 are told of it.
     *
     * @param run the settings of the run, which say what is loaded
     * @param chosen those of the training
     * @param method what is tuned, as a task file has it
     * @param spec its settings
     * @param indices its positions of individual weights
     */
    private record Told(
            String run,
            String chosen,
            String method,
            JsonNode spec,
            Map<String, int[]> indices,
            long seed,
            boolean withValidation) {}

    /** What a rank other than 0 was called to. */
    record Call(RunConfig run, TrainingSpec job) {}

    /** Calls the other ranks to it. */
    void send(RunConfig run, Group group) {
        StoredSpec stored = TuningMethod.named(spec.method()).store(spec);
        Map<String, int[]> indices = new LinkedHashMap<>();
        stored.indices().forEach((name, positions) -> indices.put(name, positions.toArray()));
        Told told = new Told(
                run.settings().json(),
                chosen.settings().json(),
                spec.method(),
                stored.json(),
                indices,
                seed,
                withValidation);
        try {
            Message.send(group, JSON.writeValueAsString(told));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Waits for a call; empty if there will be none. */
    static Optional<Call> receive(Group group) {
        String text = Message.receive(group);
        if (text.isEmpty()) {
            return Optional.empty();
        }
        try {
            Told told = JSON.readValue(text, Told.class);
            RunConfig chosen = config(told.chosen);
            Map<String, FlatIndices> indices = new LinkedHashMap<>();
            told.indices.forEach((name, positions) -> indices.put(name, FlatIndices.of(positions)));
            TuningSpec spec =
                    TuningMethod.named(told.method).restore(new StoredSpec(told.spec, indices), "the method of rank 0");
            return Optional.of(
                    new Call(config(told.run), new TrainingSpec(chosen, spec, told.seed, told.withValidation)));
        } catch (JsonProcessingException e) {
            throw new InlayException(
                    JsonFault.in("the message of rank 0", "a job", e) + "; let all ranks run the same version", e);
        }
    }

    private static RunConfig config(String settings) {
        return RunConfig.parse(settings, Path.of("").toAbsolutePath(), List.of());
    }
}
