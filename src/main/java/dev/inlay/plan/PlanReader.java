package dev.inlay.plan;

import com.fasterxml.jackson.databind.JsonNode;
import dev.inlay.keys.JsonFields;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalLong;

/** Reads the JSON object that {@link PlanWriter} writes, and nothing else. */
final class PlanReader {
    private static final String[] KEYS = {
        "format",
        "matrices",
        "vectors",
        "prompts",
        "sparse",
        "cost",
        "tau",
        "budget",
        "rule",
        "notes",
        "source",
        "candidates"
    };

    private PlanReader() {}

    /**
     * @throws dev.inlay.error.DataException naming the source and the key
     * @throws dev.inlay.error.ConfigException if the rule is out of range
     * @throws IllegalArgumentException if parts of the plan contradict each other
     */
    static Plan plan(JsonNode root, String source) {
        JsonFields fields = JsonFields.root(source, root, KEYS);
        fields.expect("format", PlanWriter.FORMAT);
        Map<String, FlatIndices> sparse = new LinkedHashMap<>();
        fields.entries("sparse", (entry, name) -> sparse.put(name, FlatIndices.of(entry.ascendingIndices(name))));
        JsonFields origin = fields.object("source", "backbone", "scores");
        return new Plan(
                rule(fields.object(
                        "rule", "module", "exceptions", "rank", "alpha", "beta", "wholeVectors", "mode", "classToken")),
                fields.texts("matrices"),
                fields.texts("vectors"),
                fields.texts("prompts"),
                sparse,
                cost(fields.object("cost", "modules", "vectors", "sparse", "classToken", "total")),
                fields.integer("tau", 0, Long.MAX_VALUE),
                optional(fields, "budget"),
                fields.entries("candidates", PlanReader::choice),
                fields.texts("notes"),
                new PlanSource(origin.text("backbone"), origin.text("scores")));
    }

    private static AllocationRule rule(JsonFields fields) {
        Map<String, ModuleKind> exceptions = new LinkedHashMap<>();
        fields.entries(
                "exceptions",
                (entry, operation) -> exceptions.put(operation, entry.choice(operation, ModuleKind.values())));
        return new AllocationRule(
                fields.choice("module", ModuleKind.values()),
                exceptions,
                fields.smallInteger("rank", 1),
                fields.number("alpha"),
                fields.number("beta"),
                fields.flag("wholeVectors"),
                fields.choice("mode", AllocationMode.values()),
                fields.smallInteger("classToken", 0));
    }

    private static PlanCost cost(JsonFields fields) {
        PlanCost cost = new PlanCost(
                fields.integer("modules", 0, Long.MAX_VALUE),
                fields.integer("vectors", 0, Long.MAX_VALUE),
                fields.integer("sparse", 0, Long.MAX_VALUE),
                fields.integer("classToken", 0, Long.MAX_VALUE));
        fields.expect("total", cost.total());
        return cost;
    }

    private static Choice choice(JsonFields candidates, String name) {
        JsonFields fields =
                candidates.object(name, "kind", "rows", "cols", "block", "operation", "selected", "threshold");
        Candidate candidate = new Candidate(
                name,
                fields.choice("kind", Candidate.Kind.values()),
                fields.smallInteger("rows", 1),
                fields.smallInteger("cols", 1),
                fields.smallInteger("block", -1),
                fields.text("operation"));
        return new Choice(candidate, fields.smallInteger("selected", 0), optional(fields, "threshold"));
    }

    private static OptionalLong optional(JsonFields fields, String key) {
        return fields.isNull(key) ? OptionalLong.empty() : OptionalLong.of(fields.integer(key, 1, Long.MAX_VALUE));
    }
}
