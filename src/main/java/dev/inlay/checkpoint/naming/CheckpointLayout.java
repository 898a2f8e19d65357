package dev.inlay.checkpoint.naming;

import dev.inlay.checkpoint.safetensors.TensorInfo;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;

/**
 * How somebody names the tensors of a network, as a table of rules between these names and timm's. The table is read in
 * both directions: {@link #toTimm} and {@link #fromTimm}.
 */
public final class CheckpointLayout {
    private final String name;
    private final String prefix;
    private final List<String> marks;
    private final boolean transformers;
    private final List<Rule> rules = new ArrayList<>();
    private final Map<Template, String> drops = new LinkedHashMap<>();
    private OptionalDouble eps = OptionalDouble.empty();

    /**
     * @param prefix what may stand before the names of the network without its head; may be empty
     * @param marks names below the prefix that together no layout before this one has
     */
    private CheckpointLayout(String name, String prefix, List<String> marks, boolean transformers) {
        this.name = name;
        this.prefix = prefix;
        this.marks = List.copyOf(marks);
        this.transformers = transformers;
    }

    /** A layout of Hugging Face transformers, whose base model's names may lack {@code prefix}. */
    static CheckpointLayout ofTransformers(String name, String prefix, String... marks) {
        return new CheckpointLayout(name, prefix, List.of(marks), true);
    }

    /** A layout of the authors of a network. */
    static CheckpointLayout ofAuthors(String name, String... marks) {
        return new CheckpointLayout(name, "", List.of(marks), false);
    }

    /** Names one tensor otherwise. */
    CheckpointLayout rename(String timm, String stored) {
        return change(List.of(timm), Change.NONE, prefix + stored);
    }

    /** Names one tensor otherwise that is not below the prefix. */
    CheckpointLayout renameHead(String timm, String stored) {
        return change(List.of(timm), Change.NONE, stored);
    }

    /** Makes one tensor of one or more below the prefix. */
    CheckpointLayout make(String timm, Change change, String... stored) {
        return makeAll(List.of(timm), change, stored);
    }

    /** Makes several tensors of several below the prefix. */
    CheckpointLayout makeAll(List<String> timm, Change change, String... stored) {
        return change(timm, change, Arrays.stream(stored).map(prefix::concat).toArray(String[]::new));
    }

    private CheckpointLayout change(List<String> timm, Change change, String... stored) {
        rules.add(new Rule(
                timm.stream().map(Template::new).toList(),
                change,
                Arrays.stream(stored).map(Template::new).toList()));
        return this;
    }

    /** Leaves tensors out; {@code stored} is a whole name, its prefix included. */
    CheckpointLayout drop(String stored, String reason) {
        drops.put(new Template(stored), reason);
        return this;
    }

    /** Leaves tensors below the prefix out. */
    CheckpointLayout dropOwn(String stored, String reason) {
        return drop(prefix + stored, reason);
    }

    /** Says that the code which writes this layout has this epsilon in all of its LayerNorms. */
    CheckpointLayout eps(double fixed) {
        eps = OptionalDouble.of(fixed);
        return this;
    }

    /** The epsilon of LayerNorm in the code that writes this layout; empty if that has several. */
    OptionalDouble eps() {
        return eps;
    }

    /** What the layout is called, for people. */
    public String name() {
        return name;
    }

    /** Whether it is one of Hugging Face transformers, which writes {@code config.json} beside the weights. */
    public boolean isTransformers() {
        return transformers;
    }

    /** Whether a checkpoint with these names is in this layout. */
    public boolean recognises(Set<String> names) {
        return marks.stream().allMatch(mark -> names.contains(prefix + mark) || names.contains(mark));
    }

    /**
     * What becomes of the tensors of a checkpoint.
     *
     * @param stored the tensors by their names in the file
     */
    public Translation toTimm(Map<String, TensorInfo> stored) {
        Map<String, List<Long>> shapes = new LinkedHashMap<>();
        stored.forEach((key, info) -> shapes.put(key, info.shape()));
        return new Translator(name, true).translate(shapes, this);
    }

    /**
     * How to write tensors under this layout's names, with the prefix; the inverse of {@link #toTimm}. Tensors that it
     * drops are not made anew.
     *
     * @param made name to shape of tensors under timm's names
     */
    public Translation fromTimm(Map<String, List<Long>> made) {
        return new Translator(name, false).translate(made, this);
    }

    /** A name of {@link #fromTimm} as the network without its head has it. */
    public String withoutPrefix(String stored) {
        return stored.startsWith(prefix) ? stored.substring(prefix.length()) : stored;
    }

    /** What may stand before the names of the network without its head; may be empty. */
    String prefix() {
        return prefix;
    }

    List<Rule> rules() {
        return rules;
    }

    /** The name with its prefix, if it may lack it. */
    List<String> spellings(String stored) {
        return prefix.isEmpty() || stored.startsWith(prefix) ? List.of(stored) : List.of(stored, prefix + stored);
    }

    /** Why a stored tensor is left out; empty if it is not. */
    public Optional<String> reasonToDrop(String stored) {
        return drops.entrySet().stream()
                .filter(drop -> spellings(stored).stream()
                        .anyMatch(spelling -> drop.getKey().match(spelling).isPresent()))
                .map(Map.Entry::getValue)
                .findFirst();
    }

    @Override
    public String toString() {
        return name;
    }
}
