package dev.inlay.interop;

import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.TunableParameter;
import dev.inlay.plan.AllocationMode;
import dev.inlay.plan.AllocationRule;
import dev.inlay.plan.FlatIndices;
import dev.inlay.plan.ModuleKind;
import dev.inlay.plan.Plan;
import dev.inlay.plan.PlanCost;
import dev.inlay.plan.PlanSource;
import dev.inlay.task.BackboneInfo;
import dev.inlay.tuning.TuningSpec;
import dev.inlay.tuning.WholeParameters;
import dev.inlay.tuning.method.Planned;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;

/**
 * Parameters that an adapter replaces: biases, norms, filters of patches. Inlay has them as a plan without modules: vectors tuned
 * whole, and of filters every weight.
 */
final class ReplacedParameters {
    private final Backbone backbone;
    private final Map<String, Tensor> values = new LinkedHashMap<>();
    private final List<String> vectors = new ArrayList<>();
    private final Map<String, FlatIndices> sparse = new LinkedHashMap<>();
    private long vectorSize;
    private long sparseSize;

    ReplacedParameters(Backbone backbone) {
        this.backbone = backbone;
    }

    /**
     * Replaces what differs from the frozen parameter.
     *
     * @param parameter timm's name
     * @param value of the parameter's shape
     * @return what cannot be replaced, for people; empty if all can
     */
    Optional<String> replace(String parameter, Tensor value) {
        Tensor frozen = backbone.parameters().get(parameter);
        for (TunableParameter tunable : backbone.tunableParameters()) {
            if (!tunable.parameter().equals(parameter)) {
                continue;
            }
            Tensor now = value.narrow(0, tunable.firstRow(), tunable.rows());
            Tensor before = frozen.narrow(0, tunable.firstRow(), tunable.rows());
            if (now.equal(before)) {
                continue;
            }
            switch (tunable.kind()) {
                case VECTOR, POSITION_BIAS, DEPTHWISE_FILTERS -> {
                    vectors.add(tunable.name());
                    vectorSize += tunable.size();
                    values.put(WholeParameters.PREFIX + tunable.name(), now);
                }
                case PATCH_FILTERS -> {
                    int size = Math.toIntExact(tunable.size());
                    sparse.put(
                            tunable.name(),
                            FlatIndices.of(IntStream.range(0, size).toArray()));
                    sparseSize += size;
                    values.put(
                            "sparse." + tunable.name() + ".delta",
                            now.sub(before).flatten());
                }
                case MATRIX, CLASS_TOKEN, TOKENS, POSITION_TABLE -> {
                    return Optional.of(tunable.name());
                }
            }
        }
        return Optional.empty();
    }

    /** The trainables by name. */
    Map<String, Tensor> values() {
        return values;
    }

    /** The plan that tunes them; empty if there are none. */
    Optional<TuningSpec> spec() {
        if (values.isEmpty()) {
            return Optional.empty();
        }
        Plan plan = new Plan(
                new AllocationRule(ModuleKind.LORA, 1, 1, 1, true, AllocationMode.BOTH, 0),
                List.of(),
                vectors,
                List.of(),
                sparse,
                new PlanCost(0, vectorSize, sparseSize, 0),
                0,
                OptionalLong.empty(),
                List.of(),
                List.of("parameters that an adapter of PEFT saves whole"),
                new PlanSource(BackboneInfo.of(backbone).fingerprint(), "none: an adapter of PEFT"));
        return Optional.of(new Planned(plan, 0, 0, Planned.Origin.PAPER));
    }

    /** Element count over all that is replaced. */
    long size() {
        return vectorSize + sparseSize;
    }
}
