package dev.inlay.tuning;

import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.HookPoint;
import dev.inlay.error.ConfigException;
import dev.inlay.error.Spelling;
import dev.inlay.keys.Keys;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;

/**
 * Which places of a kind a spec acts at.
 *
 * @param operations inside a block, such as {@code attn.q}; all if empty
 * @param blocks indices, negative ones from the end (-1 is the last); all, and what is outside of the blocks, if empty
 */
public record HookPointSelector(List<String> operations, List<Integer> blocks) {
    private static final int MAX_BLOCKS = 1000;

    /** Everywhere. */
    public static final HookPointSelector EVERYWHERE = new HookPointSelector(List.of(), List.of());

    /** Copies the lists. */
    public HookPointSelector {
        operations = List.copyOf(operations);
        blocks = List.copyOf(blocks);
    }

    /** The key {@code blocks} of a method: indices as {@link #blocks} has them, none if it is absent. */
    public static List<Integer> readBlocks(Keys keys) {
        return keys.integers("blocks", List.of(), -MAX_BLOCKS, MAX_BLOCKS);
    }

    /**
     * The places of one kind.
     *
     * @see #among(Backbone, Set, String)
     */
    public List<HookPoint> among(Backbone backbone, HookPoint.Kind kind, String method) {
        return among(backbone, Set.of(kind), method);
    }

    /**
     * The places of some kinds, in the order of the forward pass.
     *
     * @param method whose places they are, for errors
     * @throws ConfigException if the backbone has no place of one of the kinds, if {@link #operations} or {@link #blocks}
     *     names none, or if together they leave none
     */
    public List<HookPoint> among(Backbone backbone, Set<HookPoint.Kind> kinds, String method) {
        List<HookPoint> all = backbone.hookPoints().stream()
                .filter(hookPoint -> kinds.contains(hookPoint.kind()))
                .toList();
        for (HookPoint.Kind kind : EnumSet.copyOf(kinds)) {
            if (all.stream().noneMatch(hookPoint -> hookPoint.kind() == kind)) {
                throw new ConfigException("method " + method + " needs places of the kind " + Keys.word(kind)
                        + ", and the backbone " + backbone.name() + " has none; use another method");
            }
        }
        List<String> problems = new ArrayList<>();
        for (String operation : operations) {
            if (all.stream().noneMatch(hookPoint -> hookPoint.operation().equals(operation))) {
                TreeSet<String> known = new TreeSet<>();
                all.forEach(hookPoint -> known.add(hookPoint.operation()));
                problems.add("method.operations: " + backbone.name() + " has no " + operation + "; it has "
                        + String.join(", ", known) + Spelling.hint(operation, known));
            }
        }
        List<Integer> indices = indices(backbone, problems);
        if (!problems.isEmpty()) {
            throw new ConfigException("method " + method, problems);
        }
        Predicate<HookPoint> named = hookPoint -> operations.isEmpty() || operations.contains(hookPoint.operation());
        Predicate<HookPoint> inside = hookPoint -> blocks.isEmpty() || indices.contains(hookPoint.block());
        List<HookPoint> chosen = all.stream().filter(named.and(inside)).toList();
        if (chosen.isEmpty()) {
            throw new ConfigException("method " + method + ": none of method.operations " + operations
                    + " is in method.blocks " + blocks + "; leave one of the two out");
        }
        return chosen;
    }

    /**
     * The blocks of a backbone, ascending.
     *
     * @throws ConfigException if one of {@link #blocks} is not there
     */
    public List<Integer> blocksOf(Backbone backbone, String method) {
        List<String> problems = new ArrayList<>();
        List<Integer> indices = indices(backbone, problems);
        if (!problems.isEmpty()) {
            throw new ConfigException("method " + method, problems);
        }
        return indices;
    }

    private List<Integer> indices(Backbone backbone, List<String> problems) {
        TreeSet<Integer> indices = new TreeSet<>();
        for (int i = 0; i < backbone.depth() && blocks.isEmpty(); i++) {
            indices.add(i);
        }
        for (int block : blocks) {
            int index = block < 0 ? backbone.depth() + block : block;
            if (index < 0 || index >= backbone.depth()) {
                problems.add("method.blocks: " + backbone.name() + " has blocks 0 to " + (backbone.depth() - 1)
                        + ", found " + block);
            }
            indices.add(index);
        }
        return List.copyOf(indices);
    }
}
