package dev.inlay.train.run;

import dev.inlay.config.Allocation;
import dev.inlay.config.MethodConfig;
import dev.inlay.config.RunConfig;
import dev.inlay.config.SensitivityConfig;
import dev.inlay.error.ConfigException;
import dev.inlay.error.StorageException;
import dev.inlay.plan.Plan;
import dev.inlay.plan.PlanJson;
import dev.inlay.progress.Progress;
import dev.inlay.record.Phase;
import dev.inlay.train.scores.Scores;
import dev.inlay.train.scores.ScoresFile;
import dev.inlay.tuning.TuningSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Finds what a run tunes: a method that is stated in full, or one that follows from the scores of a probe's loss and a plan.
 * What was found is kept in the run's folder.
 */
final class MethodStage {
    private static final String PROBE = "probe.safetensors";
    private static final String START = "start.safetensors";
    private static final String SCORES = "scores.safetensors";

    private final LoadedRun run;
    private final Phases phases;
    private final SharedWork shared;
    private final Progress progress;
    private Scores scores;
    private ProbeStage probe;
    private ProbeStage start;

    /**
     * @param shared may have scores that an earlier run left
     */
    MethodStage(LoadedRun run, Phases phases, SharedWork shared, Progress progress) {
        this.run = run;
        this.phases = phases;
        this.shared = shared;
        this.progress = progress;
    }

    /**
     * Refuses a method that cannot work, before anything is computed for it.
     *
     * @param trainings try whether the method fits the backbone
     */
    void require(TrainingRunner trainings) {
        RunConfig config = run.config();
        List<MethodConfig.Spt> planned = config.method().planned();
        if (planned.isEmpty()) {
            fits(TrainingSettingsFactory.spec(config, List.of()), trainings);
            return;
        }
        if (Files.exists(phases.folder().file(RunFolder.plan(planned.size() - 1)))) {
            return;
        }
        planned.forEach(spt -> AllocationStage.require(spt, run.backbone()));
        for (Map<String, String> point : config.search().points(config.seed())) {
            config.with(point).method().planned().forEach(tried -> AllocationStage.require(tried, run.backbone()));
        }
        if (planned.stream().allMatch(spt -> spt.allocation() instanceof Allocation.Given)) {
            fits(TrainingSettingsFactory.spec(config, plans(config)), trainings);
        } else if (config.sensitivity().scores().isPresent()) {
            scores = scores();
        }
    }

    private void fits(TuningSpec spec, TrainingRunner trainings) {
        trainings
                .tuned(TrainingSpec.judgedOnValidation(
                        run.config(), spec, run.config().seed()))
                .close();
    }

    /** The linear probe, fitted when it is first asked for. */
    ProbeStage probe() {
        if (probe == null) {
            probe = phases.folder().kept(PROBE, ProbeStage::read).orElseGet(() -> fit(PROBE, this::baseline));
        }
        return probe;
    }

    private ProbeStage baseline() {
        return run.config().maskHead().isPresent()
                ? MaskBaseline.fit(run, new FrozenInputs(shared, run, Optional.empty(), progress), phases, progress)
                : ProbeStage.fit(run, progress);
    }

    /** The probe that heads start from: the linear probe where one is asked for, or else one that is fitted for this alone. */
    ProbeStage start() {
        RunConfig config = run.config();
        if (config.baselines().linear() || config.sensitivity().head() == SensitivityConfig.Head.PROBE) {
            return probe();
        }
        if (start == null) {
            start = phases.folder()
                    .kept(START, ProbeStage::read)
                    .orElseGet(() -> fit(START, () -> ProbeStage.fitStart(run, progress)));
        }
        return start;
    }

    private ProbeStage fit(String file, Supplier<ProbeStage> fit) {
        ProbeStage fitted =
                shared.probe(run.config(), file, () -> phases.in(Phase.PROBE, fit), seconds -> phases.folder()
                        .spent(Phase.PROBE, seconds));
        fitted.write(phases.folder().file(file));
        return fitted;
    }

    /** Leaves what was fitted for a trial that is done apart from the run. */
    void leaveProbe(Path folder) {
        for (String name : List.of(PROBE, START)) {
            Path file = phases.folder().file(name);
            if (Files.exists(file)) {
                try {
                    Files.copy(file, folder.resolve(name), StandardCopyOption.REPLACE_EXISTING);
                } catch (IOException e) {
                    throw new StorageException(folder.resolve(name), e);
                }
            }
        }
    }

    /** The probe, if it was asked for. */
    Optional<ProbeStage> fittedProbe() {
        return Optional.ofNullable(probe);
    }

    /** The scores, if they were asked for. */
    Optional<Scores> knownScores() {
        return Optional.ofNullable(scores);
    }

    /** What a config tunes. */
    TuningSpec spec(RunConfig tried) {
        return TrainingSettingsFactory.spec(tried, plans(tried));
    }

    /** The plans of the final training, kept in the run's folder; empty for methods without one. */
    List<Plan> keptPlans(RunConfig chosen) {
        List<MethodConfig.Spt> planned = chosen.method().planned();
        List<Plan> plans = new ArrayList<>();
        for (int i = 0; i < planned.size(); i++) {
            String file = RunFolder.plan(i);
            Optional<Plan> kept = phases.folder().kept(file, PlanJson::read);
            if (kept.isPresent()
                    && scores == null
                    && chosen.sensitivity().scores().isEmpty()) {
                scores = phases.folder().kept(SCORES, ScoresFile::read).orElse(null);
            }
            Plan plan = kept.orElse(null);
            if (plan == null) {
                plan = plan(planned.get(i), chosen);
                PlanJson.write(phases.folder().file(file), plan);
            }
            plans.add(plan);
        }
        return plans;
    }

    /** The plans of a config, one for each of {@link MethodConfig#planned}. */
    List<Plan> plans(RunConfig tried) {
        return tried.method().planned().stream().map(spt -> plan(spt, tried)).toList();
    }

    private Plan plan(MethodConfig.Spt spt, RunConfig tried) {
        if (scores == null && !(spt.allocation() instanceof Allocation.Given)) {
            scores = scores();
        }
        return phases.in(Phase.ALLOCATION, () -> AllocationStage.plan(spt, run.backbone(), tried.compat(), scores));
    }

    private Scores scores() {
        Optional<Path> given = run.config().sensitivity().scores();
        if (given.isPresent()) {
            Scores read = ScoresFile.read(given.get());
            requireSameBackbone(read, given.get());
            return read;
        }
        return phases.folder().kept(SCORES, ScoresFile::read).orElseGet(this::score);
    }

    private Scores score() {
        RunConfig config = run.config();
        Supplier<Scores> score = () -> phases.in(
                Phase.SENSITIVITY,
                () -> SensitivityStage.score(run, () -> probe().heads().all(), progress));
        Scores computed =
                shared.scores(config, score, seconds -> phases.folder().spent(Phase.SENSITIVITY, seconds));
        ScoresFile.write(phases.folder().file(SCORES), computed);
        return computed;
    }

    private void requireSameBackbone(Scores given, Path file) {
        String scored = given.source().backbone();
        if (isFingerprint(scored) && !scored.equals(run.backbone().fingerprint())) {
            throw new ConfigException("sensitivity.scores: " + file + " was made for a backbone with the fingerprint "
                    + scored + ", this one has " + run.backbone().fingerprint() + "; score it with inlay sensitivity");
        }
    }

    /** Scores made elsewhere may not say which backbone they are of. */
    private static boolean isFingerprint(String text) {
        return text.matches("[0-9a-f]{64}");
    }
}
