package dev.inlay.bench;

import dev.inlay.backbone.Backbone;
import dev.inlay.config.Allocation;
import dev.inlay.config.MethodConfig;
import dev.inlay.config.RunConfig;
import dev.inlay.config.SensitivityConfig;
import dev.inlay.error.ConfigException;
import dev.inlay.plan.Plan;
import dev.inlay.tuning.TuningSpec;
import dev.inlay.tuning.method.Planned;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** What the settings of a case stand for. */
public final class Methods {
    private Methods() {}

    /**
     * @param plan of a method of SPT
     * @throws ConfigException if the settings are none, or the plan is missing
     */
    static TuningSpec spec(String settings, Optional<Plan> plan) {
        MethodConfig method = method(settings);
        if (method instanceof MethodConfig.Stated stated) {
            return stated.spec();
        }
        return new Planned(
                plan.orElseThrow(() -> new ConfigException("the case tunes by a plan; give one: " + settings)),
                0,
                0,
                Planned.Origin.PAPER);
    }

    /** The settings of stage 1. */
    static SensitivityConfig sensitivity(String settings) {
        return config("sensitivity", settings).sensitivity();
    }

    /** Returns the plan of a case, a synthetic one; empty where the method needs none. */
    public static Optional<Plan> plan(BenchCase work) {
        if (work.stage() == Stage.SENSITIVITY
                || work.settings().equals("{}")
                || !(method(work.settings()) instanceof MethodConfig.Spt spt)) {
            return Optional.empty();
        }
        try (Backbone backbone = BenchBackbones.random(work.backbone())) {
            long budget = ((Allocation.Budget) spt.allocation()).scalars();
            return Optional.of(SyntheticPlans.within(backbone, spt.module(), budget, 0));
        }
    }

    private static MethodConfig method(String settings) {
        return config("method", settings).method();
    }

    private static RunConfig config(String section, String settings) {
        return RunConfig.parse(section + ": " + settings, Path.of("").toAbsolutePath(), List.of());
    }
}
