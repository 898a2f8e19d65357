package dev.inlay.train;

import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.HookPoint;
import dev.inlay.backbone.TunableParameter;
import dev.inlay.error.ConfigException;
import dev.inlay.plan.PromptName;
import dev.inlay.tuning.Trainable;
import dev.inlay.tuning.Trainable.Role;
import dev.inlay.tuning.Tuning;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What the learning rate of a step is multiplied by for parts of what is trained. The factors of a trainable are multiplied
 * with each other.
 *
 * @param loraPlus of the matrices B of LoRA and DoRA, at least 1 (LoRA+, arXiv 2402.12354; PEFT's {@code loraplus_lr_ratio})
 * @param head of the head, at least 0
 * @param layerDecay d in (0, 1]: with L blocks, block b, counted from 0, has d^(L − b), what is before the blocks d^(L + 1),
 *     the last norm what the last block has, and the head 1, as timm's {@code layer_decay}; so has what belongs to no block
 */
public record LearningRateFactors(double loraPlus, double head, double layerDecay) {
    /** All train at one rate. */
    public static final LearningRateFactors NONE = new LearningRateFactors(1, 1, 1);

    /**
     * Refuses factors that would change nothing.
     *
     * @throws ConfigException if the tuning trains nothing that a factor is for
     */
    void requireUsable(Tuning tuning) {
        if (loraPlus != 1 && tuning.trainables().keySet().stream().noneMatch(name -> isSecond(name, tuning))) {
            throw new ConfigException("train.loraPlus: " + loraPlus
                    + " is the ratio of the rates of LoRA's matrices B and A, and this method trains none; use 1, or a"
                    + " method with LoRA");
        }
        boolean headAlone = tuning.trainables().values().stream()
                .filter(Trainable::isLearned)
                .allMatch(trainable -> trainable.role() == Role.HEAD);
        if (layerDecay != 1 && headAlone) {
            throw new ConfigException("train.layerDecay: " + layerDecay
                    + " lowers the rates of the backbone's layers, and this method trains the head alone; use 1, or"
                    + " another method");
        }
    }

    /** The factor of each trainable, by name. */
    Map<String, Double> of(Tuning tuning) {
        Map<String, Integer> steps = layerDecay == 1 ? Map.of() : steps(tuning.backbone());
        int depth = tuning.backbone().depth();
        Map<String, Double> factors = new LinkedHashMap<>();
        tuning.trainables().forEach((name, trainable) -> {
            double factor = trainable.role() == Role.HEAD ? head : 1;
            if (loraPlus != 1 && isSecond(name, tuning)) {
                factor *= loraPlus;
            }
            if (trainable.role() != Role.HEAD) {
                factor *= Math.pow(
                        layerDecay,
                        step(name, steps)
                                .map(step -> depth + 1 - Math.min(step, depth))
                                .orElse(0));
            }
            factors.put(name, factor);
        });
        return factors;
    }

    /** The step of a pass that a trainable acts in, by the longest name of the backbone that its own contains. */
    private static Optional<Integer> step(String name, Map<String, Integer> steps) {
        return steps.keySet().stream()
                .filter(known -> ("." + name + ".").contains("." + known + "."))
                .max(Comparator.comparingInt(String::length))
                .map(steps::get);
    }

    /** The step of every parameter, layer and block of a backbone, and of the prompts of a block. */
    private static Map<String, Integer> steps(Backbone backbone) {
        Map<String, Integer> steps = new HashMap<>();
        for (TunableParameter tunable : backbone.tunableParameters()) {
            int step = backbone.step(tunable);
            for (String name : List.of(tunable.name(), tunable.parameter())) {
                steps.put(name, step);
                steps.put(name.substring(0, Math.max(0, name.lastIndexOf('.'))), step);
            }
        }
        for (HookPoint hookPoint : backbone.hookPoints()) {
            if (hookPoint.block() >= 0 || hookPoint.kind() == HookPoint.Kind.PATCHES) {
                steps.put(hookPoint.name(), 1 + hookPoint.block());
            }
        }
        for (int block = 0; block < backbone.depth(); block++) {
            steps.put(PromptName.of(block), 1 + block);
        }
        steps.remove("");
        return steps;
    }

    /** Whether a trainable is the second matrix of a low-rank update, which has a first. */
    private static boolean isSecond(String name, Tuning tuning) {
        Set<String> names = tuning.trainables().keySet();
        return name.endsWith(".B") && names.contains(name.substring(0, name.length() - 1) + "A");
    }
}
