package dev.inlay.interop;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The settings of a LoRA or DoRA adapter of PEFT that mean anything to its weights.
 *
 * <p>Source: {@code LoraConfig} in {@code tuners/lora/config.py} of <a href="https://github.com/huggingface/peft">peft</a>.
 *
 * @param source the file, for errors
 * @param rank r of modules that {@code ranks} does not name
 * @param alpha of modules that {@code alphas} does not name
 * @param rankStabilised whether the scale is alpha / √r instead of alpha / r
 * @param dora whether modules have a magnitude
 * @param dropout on the input while training, in [0, 1)
 * @param targets which modules are tuned
 * @param ranks regular expression to r, the first that fits counts
 * @param alphas regular expression to alpha, the first that fits counts
 */
record PeftConfig(
        String source,
        int rank,
        double alpha,
        boolean rankStabilised,
        boolean dora,
        double dropout,
        Targets targets,
        Map<String, Integer> ranks,
        Map<String, Double> alphas) {
    static final String FILE = "adapter_config.json";

    PeftConfig {
        ranks = new LinkedHashMap<>(ranks);
        alphas = new LinkedHashMap<>(alphas);
    }

    /** Which modules an adapter tunes. */
    @FunctionalInterface
    interface Targets {
        /** Why PEFT would leave a module alone; empty if it tunes it. */
        Optional<String> reasonAgainst(String module);
    }

    /** The rank of a module. */
    int rankOf(String module) {
        return ModulePattern.firstKey(ranks.keySet(), module, source + ": key 'rank_pattern'")
                .map(ranks::get)
                .orElse(rank);
    }

    /** What the update of a module is multiplied by. */
    double scaleOf(String module) {
        double numerator = ModulePattern.firstKey(alphas.keySet(), module, source + ": key 'alpha_pattern'")
                .map(alphas::get)
                .orElse(alpha);
        int r = rankOf(module);
        return numerator / (rankStabilised ? Math.sqrt((double) r) : r);
    }

    /**
     * The file for an adapter whose modules are all named.
     *
     * @param targets names, or ends of names
     * @param ranks by module; the first one's is the file's own, others are patterns
     * @param alphas by module, alike
     * @param heads modules saved whole
     */
    static ObjectNode json(
            boolean dora,
            double dropout,
            List<String> targets,
            Map<String, Integer> ranks,
            Map<String, Double> alphas,
            List<String> heads) {
        int rank = ranks.values().iterator().next();
        double alpha = alphas.values().iterator().next();
        ObjectNode json = JsonNodeFactory.instance
                .objectNode()
                .put("peft_type", "LORA")
                .putNull("task_type")
                .putNull("base_model_name_or_path")
                .putNull("auto_mapping")
                .put("inference_mode", true)
                .put("r", rank);
        put(json, "lora_alpha", alpha);
        json.put("lora_dropout", dropout)
                .put("bias", "none")
                .put("fan_in_fan_out", false)
                .put("init_lora_weights", true)
                .put("use_rslora", false)
                .put("use_dora", dora);
        targets.forEach(json.putArray("target_modules")::add);
        ObjectNode otherRanks = json.putObject("rank_pattern");
        ranks.forEach((module, r) -> {
            if (r != rank) {
                otherRanks.put(escaped(module), r);
            }
        });
        ObjectNode otherAlphas = json.putObject("alpha_pattern");
        alphas.forEach((module, a) -> {
            if (a != alpha) {
                put(otherAlphas, escaped(module), a);
            }
        });
        heads.forEach(json.putArray("modules_to_save")::add);
        return json;
    }

    /** A whole number without a point, as PEFT writes it. */
    private static void put(ObjectNode json, String key, double value) {
        if (value == Math.rint(value) && Math.abs(value) < 1L << 53) {
            json.put(key, (long) value);
        } else {
            json.put(key, value);
        }
    }

    private static String escaped(String module) {
        return module.replace(".", "\\.");
    }
}
