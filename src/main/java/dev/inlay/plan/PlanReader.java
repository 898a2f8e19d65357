package dev.inlay.plan;

import com.fasterxml.jackson.databind.JsonNode;
import dev.inlay.keys.KeyReader;
import dev.inlay.keys.Notation;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.stream.Stream;

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

    /** Only where modules are of blocks. */
    private static final String BLOCKS = "blocks";

    private PlanReader() {}

    /**
     * @throws dev.inlay.error.DataException naming the source and the key
     * @throws dev.inlay.error.ConfigException if the rule is out of range
     * @throws IllegalArgumentException if parts of the plan contradict each other
     */
    static Plan plan(JsonNode root, String source) {
        KeyReader fields = KeyReader.of(source, root);
        boolean ofBlocks = fields.has(BLOCKS);
        fields.withExactly(Stream.concat(Stream.of(KEYS), ofBlocks ? Stream.of(BLOCKS) : Stream.empty())
                .toArray(String[]::new));
        String format = fields.text("format");
        if (!format.equals(PlanWriter.FORMAT)) {
            fields.problem(
                    "format", "expected \"" + PlanWriter.FORMAT + "\", found \"" + Notation.shortened(format) + "\"");
        }
        Map<String, FlatIndices> sparse = new LinkedHashMap<>();
        fields.entries("sparse", (entry, name) -> sparse.put(name, FlatIndices.of(entry.ascending(name))));
        KeyReader origin = fields.object("source", "backbone", "scores");
        return new Plan(
                rule(fields.object(
                        "rule", "module", "exceptions", "rank", "alpha", "beta", "wholeVectors", "mode", "classToken")),
                fields.texts("matrices"),
                fields.texts("vectors"),
                fields.texts("prompts"),
                ofBlocks ? fields.entries(BLOCKS, PlanReader::block) : List.of(),
                sparse,
                cost(fields.object("cost", "modules", "vectors", "sparse", "classToken", "total")),
                fields.whole("tau", 0, Long.MAX_VALUE),
                optional(fields, "budget"),
                fields.entries("candidates", PlanReader::choice),
                fields.texts("notes"),
                new PlanSource(origin.text("backbone"), origin.text("scores")));
    }

    private static AllocationRule rule(KeyReader fields) {
        Map<String, ModuleKind> exceptions = new LinkedHashMap<>();
        fields.entries(
                "exceptions",
                (entry, operation) -> exceptions.put(operation, entry.choice(operation, ModuleKind.values())));
        return new AllocationRule(
                fields.choice("module", ModuleKind.values()),
                exceptions,
                fields.integer("rank", 1, Integer.MAX_VALUE),
                fields.number("alpha"),
                fields.number("beta"),
                fields.flag("wholeVectors"),
                fields.choice("mode", AllocationMode.values()),
                fields.integer("classToken", 0, Integer.MAX_VALUE));
    }

    private static PlanCost cost(KeyReader fields) {
        PlanCost cost = new PlanCost(
                fields.whole("modules", 0, Long.MAX_VALUE),
                fields.whole("vectors", 0, Long.MAX_VALUE),
                fields.whole("sparse", 0, Long.MAX_VALUE),
                fields.whole("classToken", 0, Long.MAX_VALUE));
        long total = fields.whole("total", 0, Long.MAX_VALUE);
        if (total != cost.total()) {
            fields.problem("total", "expected the sum of its parts, " + cost.total() + ", found " + total);
        }
        return cost;
    }

    private static Choice choice(KeyReader candidates, String name) {
        KeyReader fields =
                candidates.object(name, "kind", "rows", "cols", "block", "operation", "selected", "threshold");
        Candidate candidate = new Candidate(
                name,
                fields.choice("kind", Candidate.Kind.values()),
                fields.integer("rows", 1, Integer.MAX_VALUE),
                fields.integer("cols", 1, Integer.MAX_VALUE),
                fields.integer("block", -1, Integer.MAX_VALUE),
                fields.text("operation"));
        return new Choice(candidate, fields.integer("selected", 0, Integer.MAX_VALUE), optional(fields, "threshold"));
    }

    private static BlockWidth block(KeyReader blocks, String index) {
        KeyReader fields = blocks.object(index, "width", "dim", "score");
        if (!index.matches("0|[1-9]\\d{0,8}")) {
            blocks.problem(index, "expected the index of a block");
        }
        return new BlockWidth(
                Integer.parseInt(index),
                fields.integer("dim", 1, Integer.MAX_VALUE),
                fields.number("score"),
                fields.integer("width", 0, Integer.MAX_VALUE));
    }

    private static OptionalLong optional(KeyReader fields, String key) {
        return fields.isNull(key) ? OptionalLong.empty() : OptionalLong.of(fields.whole(key, 1, Long.MAX_VALUE));
    }
}
