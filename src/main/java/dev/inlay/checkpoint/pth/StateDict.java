package dev.inlay.checkpoint.pth;

import dev.inlay.error.DataException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The tensors of a model in a file of {@code torch.save}, out of the wrappers that training programs put around them.
 *
 * @param tensors by name, in the order of the file
 * @param notes what was taken off or left out, one line each, for the log
 */
public record StateDict(Map<String, TensorView> tensors, List<String> notes) {
    /** As timm looks for them, averaged weights first; then DINO's. */
    private static final List<String> WRAPPERS =
            List.of("state_dict_ema", "model_ema", "state_dict", "model", "teacher", "student");

    /** Below which names a pre-training keeps its backbone: MoCo v3, DINO. */
    private static final List<String> BACKBONES = List.of("module.base_encoder.", "module.backbone.", "backbone.");

    private static final String HEAD = "head.";
    private static final String PARALLEL = "module.";

    /**
     * The tensors under {@code state_dict_ema}, {@code model_ema}, {@code state_dict} (MoCo), {@code model} (MAE, DeiT, Swin),
     * {@code teacher} or {@code student} (DINO), the first of these that is there, or at the top. {@code module.} is taken
     * off names that all begin with it. Of a pre-training of MoCo v3 or DINO, what is below {@code module.base_encoder.},
     * {@code module.backbone.} or {@code backbone.} is taken, without a projection head. Everything else beside the tensors
     * is left out.
     *
     * @throws DataException if the file holds no dictionary of tensors, or they take more memory than 16 MiB and 8 times
     *     the file
     */
    public static StateDict of(PthFile file) {
        List<String> notes = new ArrayList<>();
        Map<?, ?> level = dictionary(file.content(), file);
        for (String wrapper : WRAPPERS) {
            if (level.get(wrapper) instanceof Map<?, ?> inner) {
                notes.add("took the tensors below '" + wrapper + "'");
                note(notes, "left out beside them", without(level, wrapper));
                level = inner;
                break;
            }
        }
        Map<String, TensorView> tensors = new LinkedHashMap<>();
        List<String> others = new ArrayList<>();
        long bytes = 0;
        for (Map.Entry<?, ?> entry : level.entrySet()) {
            if (entry.getKey() instanceof String name && entry.getValue() instanceof TensorView tensor) {
                tensors.put(name, tensor);
                bytes += tensor.elements() * (tensor.isFloating() ? Float.BYTES : Long.BYTES);
            } else {
                others.add(Refusal.shown(entry.getKey()));
            }
        }
        note(notes, "left out, not tensors", others);
        if (tensors.isEmpty()) {
            throw new DataException(file.path() + ": expected tensors by name, at the top or below one of " + WRAPPERS
                    + ", found none; is it a checkpoint of weights?");
        }
        file.requireMemory(bytes);
        return unprefixed(tensors, notes);
    }

    private static Map<?, ?> dictionary(Object content, PthFile file) {
        if (content instanceof Map<?, ?> map) {
            return map;
        }
        throw new DataException(file.path() + ": expected a dictionary of tensors, found another kind of value;"
                + " save model.state_dict()");
    }

    private static StateDict unprefixed(Map<String, TensorView> tensors, List<String> notes) {
        Optional<String> backbone = BACKBONES.stream()
                .filter(below -> tensors.keySet().stream().anyMatch(name -> name.startsWith(below)))
                .findFirst();
        if (backbone.isEmpty() && !tensors.keySet().stream().allMatch(name -> name.startsWith(PARALLEL))) {
            return new StateDict(tensors, notes);
        }
        String prefix = backbone.orElse(PARALLEL);
        Map<String, TensorView> kept = new LinkedHashMap<>();
        List<String> dropped = new ArrayList<>();
        tensors.forEach((name, tensor) -> {
            boolean projection = backbone.isPresent() && name.startsWith(prefix + HEAD);
            if (name.startsWith(prefix) && !projection) {
                kept.put(name.substring(prefix.length()), tensor);
            } else {
                dropped.add(Refusal.shown(name));
            }
        });
        notes.add("took '" + prefix + "' off the names");
        note(notes, "left out, not the backbone's", dropped);
        return new StateDict(kept, notes);
    }

    private static List<String> without(Map<?, ?> level, String wrapper) {
        return level.keySet().stream()
                .map(Refusal::shown)
                .filter(key -> !key.equals(wrapper))
                .toList();
    }

    private static void note(List<String> notes, String what, List<String> names) {
        if (!names.isEmpty()) {
            notes.add(what + ": " + String.join(", ", names));
        }
    }
}
