package dev.inlay.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.inlay.record.RunRecord;
import dev.inlay.record.SearchTrial;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Map.Entry;
import java.util.stream.Stream;

/** The settings that a reader asks for first, in a line: those of the config, and what the search chose in their place. */
final class KeySettings {
    private static final YAMLMapper YAML = new YAMLMapper();

    private static final Map<String, String> NAMES = new LinkedHashMap<>();

    static {
        NAMES.put("head", "head");
        NAMES.put("method.module", "module");
        NAMES.put("method.rank", "rank");
        NAMES.put("method.bottleneck", "bottleneck");
        NAMES.put("method.tokens", "prompts");
        NAMES.put("method.blocks", "blocks");
        NAMES.put("method.budget", "budget");
        NAMES.put("train.epochs", "epochs");
        NAMES.put("train.batchSize", "batch size");
        NAMES.put("train.optimizer", "optimiser");
        NAMES.put("train.learningRate", "learning rate");
        NAMES.put("train.schedule", "schedule");
        NAMES.put("train.weightDecay", "weight decay");
        NAMES.put("train.precision", "precision");
        NAMES.put("seed", "seed");
    }

    private KeySettings() {}

    /** Appends the line, or nothing if the config has none of them. */
    static void write(Html page, RunRecord run) {
        Map<String, String> settings = of(run);
        if (settings.isEmpty()) {
            return;
        }
        page.line().open("ul", "class", "settings");
        for (Entry<String, String> setting : settings.entrySet()) {
            page.open("li")
                    .element("span", setting.getKey())
                    .text(" " + setting.getValue())
                    .close();
        }
        page.close();
    }

    private static Map<String, String> of(RunRecord run) {
        JsonNode config = config(run.config());
        Map<String, String> chosen =
                run.chosenTrial().map(SearchTrial::settings).orElse(Map.of());
        Map<String, String> settings = new LinkedHashMap<>();
        NAMES.forEach((key, name) -> {
            JsonNode written = config.at("/" + key.replace('.', '/'));
            if (chosen.containsKey(key)) {
                settings.put(name, chosen.get(key));
            } else if (written.isValueNode()) {
                settings.put(name, written.isNumber() ? Figures.number(written.asDouble()) : written.asText());
            }
        });
        return settings;
    }

    /** Whether the batches that the run learned from were mixed. */
    static boolean mixesImages(RunRecord run) {
        JsonNode train = config(run.config()).path("train");
        Map<String, String> chosen =
                run.chosenTrial().map(SearchTrial::settings).orElse(Map.of());
        return Stream.of("mixup", "cutmix")
                .anyMatch(key -> chosen.containsKey("train." + key)
                        ? Double.parseDouble(chosen.get("train." + key)) > 0
                        : train.path(key).asDouble() > 0);
    }

    private static JsonNode config(String text) {
        try {
            return YAML.readTree(text);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("the config of a run is YAML", e);
        }
    }
}
