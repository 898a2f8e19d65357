package dev.inlay.bench;

import dev.inlay.backbone.Backbone;
import dev.inlay.error.ConfigException;
import dev.inlay.plan.Plan;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;

/** The work of a case, made ready: what is left to do is what is measured. For one thread. */
public interface Workload extends AutoCloseable {
    /** Classes of every head. */
    int CLASSES = 100;

    /**
     * Makes a case ready.
     *
     * @param plan what SPT tunes; empty elsewhere
     * @throws ConfigException if a method of SPT has no plan, or the settings are none
     */
    static Workload of(BenchCase work, Optional<Plan> plan) {
        Backbone backbone = BenchBackbones.random(work.backbone(), work.precision());
        try {
            return switch (work.stage()) {
                case SENSITIVITY -> new SensitivityWork(backbone, work);
                case ALLOCATION, TOP_K -> new SelectionWork(backbone, work.stage());
                case STEP -> new StepWork(backbone, work, plan);
                case EVALUATION, PREDICTION -> new UseWork(backbone, work, plan);
            };
        } catch (RuntimeException e) {
            backbone.close();
            throw e;
        }
    }

    /**
     * Does the work once.
     *
     * @return a number to compare with another program's: the loss where there is one
     */
    double run();

    /** How many images one run takes; 0 for none. */
    int images();

    /** How many numbers are trained, the head included; 0 where nothing is. */
    long trainable();

    /** Floating-point operations of the backbone's matrix products that one run needs; 0 for none. */
    long flops();

    /** By what the time of one run is to be multiplied, where a part is run for the whole. */
    default double scale() {
        return 1;
    }

    /** What another program needs to start from the same numbers: tensors by name, if a program needs any; borrowed. */
    default Map<String, Tensor> state() {
        return Map.of();
    }

    @Override
    void close();
}
