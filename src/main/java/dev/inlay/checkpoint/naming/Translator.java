package dev.inlay.checkpoint.naming;

import dev.inlay.checkpoint.naming.Translation.Step;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;

/** Applies the rules of a {@link CheckpointLayout} to the names and shapes of a checkpoint, in one of the two directions. */
final class Translator {
    private final String layoutName;
    private final boolean toTimm;
    private final Map<String, Group> groups = new LinkedHashMap<>();
    private final Map<String, List<Long>> shapes = new LinkedHashMap<>();
    private final Map<String, String> dropped = new LinkedHashMap<>();
    private final List<String> unexplained = new ArrayList<>();
    private final List<Step> steps = new ArrayList<>();

    /** The tensors of the file that one rule takes together, at their places in the rule. */
    private record Group(Rule rule, Map<String, String> values, String[] names) {}

    Translator(String layoutName, boolean toTimm) {
        this.layoutName = layoutName;
        this.toTimm = toTimm;
    }

    Translation translate(Map<String, List<Long>> given, CheckpointLayout layout) {
        given.forEach((name, shape) -> {
            Optional<String> reason = toTimm ? layout.reasonToDrop(name) : Optional.empty();
            if (reason.isPresent()) {
                dropped.put(name, reason.get());
            } else if (!group(name, layout)) {
                unexplained.add(name + " " + shape);
            }
        });
        groups.values().forEach(group -> step(group, given));
        return new Translation(layoutName, steps, shapes, dropped, unexplained);
    }

    private boolean group(String name, CheckpointLayout layout) {
        for (String spelling : toTimm ? layout.spellings(name) : List.of(name)) {
            for (Rule rule : layout.rules()) {
                List<Template> from = from(rule);
                for (int place = 0; place < from.size(); place++) {
                    Optional<Map<String, String>> values = from.get(place).match(spelling);
                    if (values.isPresent()) {
                        return put(rule, values.get(), place, name);
                    }
                }
            }
        }
        return false;
    }

    private boolean put(Rule rule, Map<String, String> values, int place, String name) {
        String key = to(rule).get(0).fill(values);
        Group group = groups.computeIfAbsent(
                key, made -> new Group(rule, values, new String[from(rule).size()]));
        if (!group.rule().equals(rule) || group.names()[place] != null) {
            return false;
        }
        group.names()[place] = name;
        return true;
    }

    private void step(Group group, Map<String, List<Long>> given) {
        List<Template> from = from(group.rule());
        List<String> names = new ArrayList<>();
        List<String> missing = new ArrayList<>();
        for (int place = 0; place < from.size(); place++) {
            String name = group.names()[place];
            (name == null ? missing : names).add(name == null ? from.get(place).fill(group.values()) : name);
        }
        if (!missing.isEmpty()) {
            unexplained.add(String.join(", ", names) + ": without " + String.join(", ", missing));
            return;
        }
        List<String> made =
                to(group.rule()).stream().map(name -> name.fill(group.values())).toList();
        try {
            List<List<Long>> sources = names.stream().map(given::get).toList();
            List<List<Long>> results = shapes(group.rule(), sources);
            IntStream.range(0, made.size()).forEach(i -> shapes.put(made.get(i), results.get(i)));
            steps.add(new Step(names, made, words(group.rule()), work(group.rule())));
        } catch (IllegalArgumentException e) {
            unexplained.add(String.join(", ", names) + ": " + e.getMessage());
        }
    }

    private List<List<Long>> shapes(Rule rule, List<List<Long>> sources) {
        return toTimm
                ? rule.change().made(sources)
                : rule.change().stored(sources, rule.stored().size());
    }

    private Function<List<Tensor>, List<Tensor>> work(Rule rule) {
        return toTimm
                ? rule.change()::make
                : made -> rule.change().undo(made, rule.stored().size());
    }

    private String words(Rule rule) {
        return rule.change() == Change.NONE || toTimm
                ? rule.change().words()
                : "undone: " + rule.change().words();
    }

    private List<Template> from(Rule rule) {
        return toTimm ? rule.stored() : rule.made();
    }

    private List<Template> to(Rule rule) {
        return toTimm ? rule.made() : rule.stored();
    }
}
