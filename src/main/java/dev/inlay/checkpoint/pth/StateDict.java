package dev.inlay.checkpoint.pth;

import dev.inlay.error.DataException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * All tensors in a file of {@code torch.save}, however deep in dictionaries, each under the keys that lead to it:
 * {@code model.blocks.0.norm1.weight} is {@code blocks.0.norm1.weight} below {@code model}. In the attributes of a module
 * the keys {@code _parameters}, {@code _buffers} and {@code _modules} are left out of the name.
 *
 * @param tensors by name, in the order of the file
 * @param opaque by name, what is neither a tensor nor a plain value, and what it would be
 * @param notes what is no tensor, one line each, for the log
 */
public record StateDict(Map<String, TensorView> tensors, Map<String, String> opaque, List<String> notes) {
    private static final Set<String> OF_A_MODULE = Set.of("_parameters", "_buffers", "_modules");
    private static final int MAX_SHOWN = 20;
    private static final int MAX_TENSORS = 100_000;
    private static final int MAX_NAME = 1_000;

    private record Value(String name, Object value) {}

    /** Makes the maps unmodifiable. */
    public StateDict {
        tensors = Collections.unmodifiableMap(tensors);
        opaque = Collections.unmodifiableMap(opaque);
        notes = List.copyOf(notes);
    }

    /**
     * Every tensor of a file.
     *
     * @throws DataException if it holds none under a name of at most 1,000 characters or more than 100,000, or they take more
     *     memory than 16 MiB and 8 times the file
     */
    public static StateDict of(PthFile file) {
        Map<String, TensorView> tensors = new LinkedHashMap<>();
        Map<String, String> opaque = new LinkedHashMap<>();
        Map<String, Integer> plain = new LinkedHashMap<>();
        Set<Object> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        Deque<Value> open = new ArrayDeque<>(List.of(new Value("", numbered(file.content()))));
        while (!open.isEmpty()) {
            Value next = open.pop();
            Map<?, ?> items = items(next.value());
            if (next.value() instanceof TensorView tensor && isName(next.name())) {
                tensors.putIfAbsent(next.name(), tensor);
                if (tensors.size() > MAX_TENSORS) {
                    throw new DataException(file.path() + ": expected at most " + MAX_TENSORS + " tensors, found more");
                }
            } else if (next.value() instanceof Opaque other && items.isEmpty()) {
                opaque.put(next.name(), other.type());
            } else if (!items.isEmpty() && next.name().length() <= MAX_NAME) {
                if (seen.add(next.value())) {
                    List<Value> below = new ArrayList<>();
                    items.forEach((key, value) -> below.add(new Value(below(next, key), value)));
                    Collections.reverse(below);
                    below.forEach(open::push);
                }
            } else {
                plain.merge(next.name().split("\\.", 2)[0], 1, Integer::sum);
            }
        }
        require(file, tensors);
        List<String> notes = new ArrayList<>();
        if (!plain.isEmpty()) {
            notes.add("left out, not tensors: " + counted(plain));
        }
        if (!file.passedOver().isEmpty()) {
            notes.add("passed over, never made: " + counted(file.passedOver()));
        }
        return new StateDict(tensors, opaque, notes);
    }

    /** A list or tuple that is the whole file, such as weights and an epoch, as a dictionary by position. */
    private static Object numbered(Object content) {
        List<?> values = content instanceof Object[] tuple
                ? Arrays.asList(tuple)
                : content instanceof List<?> list ? list : List.of();
        if (values.isEmpty()) {
            return content;
        }
        Map<Object, Object> numbered = new LinkedHashMap<>();
        for (int i = 0; i < values.size(); i++) {
            numbered.put(i, values.get(i));
        }
        return numbered;
    }

    private static void require(PthFile file, Map<String, TensorView> tensors) {
        if (tensors.isEmpty()) {
            String others = file.passedOver().isEmpty()
                    ? "none"
                    : "none, but " + counted(file.passedOver()) + ", of which nothing was made or run";
            throw new DataException(file.path() + ": expected tensors by name in dictionaries, found " + others
                    + "; save model.state_dict()");
        }
        file.requireMemory(tensors.values().stream()
                .mapToLong(tensor -> tensor.elements() * (tensor.isFloating() ? Float.BYTES : Long.BYTES))
                .sum());
    }

    private static boolean isName(String name) {
        return !name.isEmpty() && name.length() <= MAX_NAME;
    }

    private static Map<?, ?> items(Object value) {
        if (value instanceof Map<?, ?> map) {
            return map;
        }
        return value instanceof Opaque other ? other.items() : Map.of();
    }

    private static String below(Value parent, Object key) {
        if (parent.value() instanceof Opaque && key instanceof String part && OF_A_MODULE.contains(part)) {
            return parent.name();
        }
        return parent.name().isEmpty() ? String.valueOf(key) : parent.name() + "." + key;
    }

    /** Names and how many there are of each, if more than one; at most 20 names. */
    private static String counted(Map<String, Integer> counts) {
        String shown = counts.entrySet().stream()
                .limit(MAX_SHOWN)
                .map(entry ->
                        PthException.shown(entry.getKey()) + (entry.getValue() > 1 ? " × " + entry.getValue() : ""))
                .collect(Collectors.joining(", "));
        return shown + (counts.size() > MAX_SHOWN ? " and " + (counts.size() - MAX_SHOWN) + " more" : "");
    }
}
