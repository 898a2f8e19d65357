package dev.inlay.plan;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.inlay.keys.Keys;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/** Writes a plan as the JSON object that {@link PlanReader} reads. */
final class PlanWriter {
    static final String FORMAT = "inlay-plan-1";

    private PlanWriter() {}

    static void write(JsonGenerator json, Plan plan) throws IOException {
        json.writeStartObject();
        json.writeStringField("format", FORMAT);
        writeTexts(json, "matrices", plan.matrices());
        writeTexts(json, "vectors", plan.vectors());
        writeTexts(json, "prompts", plan.prompts());
        if (plan.rule().module().isOfBlock()) {
            writeBlocks(json, plan.blocks());
        }
        json.writeObjectFieldStart("sparse");
        for (Map.Entry<String, FlatIndices> entry : plan.sparse().entrySet()) {
            json.writeFieldName(entry.getKey());
            int[] indices = entry.getValue().toArray();
            json.writeArray(indices, 0, indices.length);
        }
        json.writeEndObject();
        writeCost(json, plan.cost());
        json.writeNumberField("tau", plan.tau());
        writeOptional(json, "budget", plan.budget());
        writeRule(json, plan.rule());
        writeTexts(json, "notes", plan.notes());
        json.writeObjectFieldStart("source");
        json.writeStringField("backbone", plan.source().backbone());
        json.writeStringField("scores", plan.source().scores());
        json.writeEndObject();
        json.writeObjectFieldStart("candidates");
        for (Choice choice : plan.choices()) {
            writeChoice(json, choice);
        }
        json.writeEndObject();
        json.writeEndObject();
    }

    private static void writeBlocks(JsonGenerator json, List<BlockWidth> blocks) throws IOException {
        json.writeObjectFieldStart("blocks");
        for (BlockWidth block : blocks) {
            json.writeObjectFieldStart(Integer.toString(block.block()));
            json.writeNumberField("width", block.width());
            json.writeNumberField("dim", block.dim());
            json.writeNumberField("score", block.score());
            json.writeEndObject();
        }
        json.writeEndObject();
    }

    private static void writeCost(JsonGenerator json, PlanCost cost) throws IOException {
        json.writeObjectFieldStart("cost");
        json.writeNumberField("modules", cost.modules());
        json.writeNumberField("vectors", cost.vectors());
        json.writeNumberField("sparse", cost.sparse());
        json.writeNumberField("classToken", cost.classToken());
        json.writeNumberField("total", cost.total());
        json.writeEndObject();
    }

    private static void writeRule(JsonGenerator json, AllocationRule rule) throws IOException {
        json.writeObjectFieldStart("rule");
        json.writeStringField("module", Keys.label(rule.module()));
        json.writeObjectFieldStart("exceptions");
        for (Map.Entry<String, ModuleKind> exception : rule.exceptions().entrySet()) {
            json.writeStringField(exception.getKey(), Keys.label(exception.getValue()));
        }
        json.writeEndObject();
        json.writeNumberField("rank", rule.rank());
        json.writeNumberField("alpha", rule.alpha());
        json.writeNumberField("beta", rule.beta());
        json.writeBooleanField("wholeVectors", rule.wholeVectors());
        json.writeStringField("mode", Keys.label(rule.mode()));
        json.writeNumberField("classToken", rule.classToken());
        json.writeEndObject();
    }

    private static void writeChoice(JsonGenerator json, Choice choice) throws IOException {
        Candidate candidate = choice.candidate();
        json.writeObjectFieldStart(candidate.name());
        json.writeStringField("kind", Keys.label(candidate.kind()));
        json.writeNumberField("rows", candidate.rows());
        json.writeNumberField("cols", candidate.cols());
        json.writeNumberField("block", candidate.block());
        json.writeStringField("operation", candidate.operation());
        json.writeNumberField("selected", choice.selected());
        writeOptional(json, "threshold", choice.threshold());
        json.writeEndObject();
    }

    private static void writeTexts(JsonGenerator json, String key, List<String> texts) throws IOException {
        json.writeArrayFieldStart(key);
        for (String text : texts) {
            json.writeString(text);
        }
        json.writeEndArray();
    }

    private static void writeOptional(JsonGenerator json, String key, OptionalLong value) throws IOException {
        if (value.isPresent()) {
            json.writeNumberField(key, value.getAsLong());
        } else {
            json.writeNullField(key);
        }
    }
}
