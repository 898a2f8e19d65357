package dev.inlay.interop;

import dev.inlay.checkpoint.Checkpoint;
import dev.inlay.error.DataException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * The tensors of an adapter by what they are.
 *
 * @param modules module to the names of its factors in the file
 * @param saved tensors that are no factors, such as the head: name in the network to name in the file
 */
record AdapterTensors(Map<String, Factors> modules, Map<String, String> saved) {
    static final String PREFIX = "base_model.model.";
    static final String A = ".lora_A.weight";
    static final String B = ".lora_B.weight";
    static final String MAGNITUDE = ".lora_magnitude_vector";
    private static final String BASE = ".base_layer.";
    private static final List<String> FILES = List.of("adapter_model.safetensors", "adapter_model.bin");

    /**
     * Names in the file.
     *
     * @param magnitude empty for LoRA
     */
    record Factors(String a, String b, Optional<String> magnitude) {}

    /** The file of tensors in the folder of an adapter. */
    static Path file(Path folder) {
        return FILES.stream()
                .map(folder::resolve)
                .filter(Files::isRegularFile)
                .findFirst()
                .orElseThrow(() -> new DataException(folder + ": expected " + String.join(" or ", FILES) + " beside "
                        + PeftConfig.FILE + ", found neither"));
    }

    /**
     * @throws DataException listing every tensor that an adapter of LoRA or DoRA does not have, or lacks
     */
    static AdapterTensors of(Checkpoint file, PeftConfig config) {
        List<String> problems = new ArrayList<>();
        Map<String, Map<String, String>> parts = new TreeMap<>();
        Map<String, String> saved = new LinkedHashMap<>();
        file.infos().keySet().forEach(key -> {
            String name = key.startsWith(PREFIX) ? key.substring(PREFIX.length()) : key;
            // PEFT has written both
            String part = name.endsWith(MAGNITUDE + ".weight") ? name.substring(0, name.length() - 7) : name;
            Optional<String> end =
                    Stream.of(A, B, MAGNITUDE).filter(part::endsWith).findFirst();
            if (!key.startsWith(PREFIX)) {
                problems.add(key + ": expected names that begin with " + PREFIX);
            } else if (end.isPresent()) {
                parts.computeIfAbsent(
                                part.substring(0, part.length() - end.get().length()), m -> new LinkedHashMap<>())
                        .put(end.get(), key);
            } else if (name.contains(".lora_")) {
                problems.add(key + ": a part that Inlay's LoRA does not have");
            } else {
                saved.put(name.replace(BASE, "."), key);
            }
        });
        Map<String, Factors> modules = new LinkedHashMap<>();
        parts.forEach((module, keys) -> {
            if (!keys.containsKey(A) || !keys.containsKey(B)) {
                problems.add(module + ": expected lora_A and lora_B, found " + keys.values());
            } else if (keys.containsKey(MAGNITUDE) != config.dora()) {
                problems.add(module + ": use_dora is " + config.dora() + ", but the module has "
                        + (config.dora() ? "no" : "a") + " lora_magnitude_vector");
            } else {
                modules.put(module, new Factors(keys.get(A), keys.get(B), Optional.ofNullable(keys.get(MAGNITUDE))));
            }
        });
        if (modules.isEmpty() && problems.isEmpty()) {
            problems.add("expected tensors such as " + PREFIX + "<module>" + A + ", found none");
        }
        if (!problems.isEmpty()) {
            throw new DataException(file.path() + " cannot be imported:\n  - " + String.join("\n  - ", problems));
        }
        return new AdapterTensors(modules, saved);
    }
}
