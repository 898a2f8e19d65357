package dev.inlay.train.run;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.inlay.config.RunConfig;
import dev.inlay.error.InlayException;
import dev.inlay.error.JsonFault;
import dev.inlay.parallel.Group;
import dev.inlay.parallel.Message;
import dev.inlay.plan.Plan;
import dev.inlay.plan.PlanJson;
import dev.inlay.tuning.TuningSpec;
import dev.inlay.tuning.method.Planned;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A training that rank 0 calls the others to, as they are told of it.
 *
 * @param run the settings of the run, which say what is loaded
 * @param chosen its settings with those that were searched for
 * @param plan what is tuned, where a method has one; else null
 * @param seed of the training
 * @param withValidation whether it learns from the validation split, too
 */
record Job(String run, String chosen, String plan, long seed, boolean withValidation) {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    static Job of(RunConfig run, RunConfig chosen, TuningSpec spec, long seed, boolean withValidation) {
        String plan = spec instanceof Planned planned ? PlanJson.text(planned.plan()) : null;
        return new Job(run.settings().json(), chosen.settings().json(), plan, seed, withValidation);
    }

    /** Calls the others. */
    void send(Group group) {
        try {
            Message.send(group, JSON.writeValueAsString(this));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Waits for a call; empty if there will be none. */
    static Optional<Job> receive(Group group) {
        String text = Message.receive(group);
        try {
            return text.isEmpty() ? Optional.empty() : Optional.of(JSON.readValue(text, Job.class));
        } catch (JsonProcessingException e) {
            throw new InlayException(
                    JsonFault.in("the message of rank 0", "a job", e) + "; let all ranks run the same version", e);
        }
    }

    RunConfig runConfig() {
        return config(run);
    }

    RunConfig chosenConfig() {
        return config(chosen);
    }

    /** What is tuned. */
    TuningSpec spec() {
        Optional<Plan> read = Optional.ofNullable(plan).map(text -> PlanJson.parse(text, "the plan of rank 0"));
        return TuneRun.spec(chosenConfig(), read);
    }

    private static RunConfig config(String settings) {
        return RunConfig.parse(settings, Path.of("").toAbsolutePath(), List.of());
    }
}
