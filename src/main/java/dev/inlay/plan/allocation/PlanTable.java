package dev.inlay.plan.allocation;

import dev.inlay.plan.AllocationRule;
import dev.inlay.plan.BlockWidth;
import dev.inlay.plan.Candidate;
import dev.inlay.plan.Choice;
import dev.inlay.plan.Plan;
import dev.inlay.plan.PlanCost;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;

/**
 * A plan as plain text for people: per block and operation what is tuned and why, then what it costs. Columns are the
 * operations that the plan's candidates have, rows their blocks, for any backbone.
 */
public final class PlanTable {
    private static final String LEGEND =
            """
            M 310/123  a module: 310 of its weights are selected, 123 would do
            W 20/16    the whole vector or prompt, likewise
            s 12/123   12 selected individual weights
            . 12/123   12 selected weights, not tuned
            -          none selected
            """;

    private final Plan plan;
    private final Set<String> structured;

    private PlanTable(Plan plan) {
        this.plan = plan;
        structured = new HashSet<>(plan.matrices());
        structured.addAll(plan.vectors());
        structured.addAll(plan.prompts());
    }

    /** The tables of matrices and of vectors, tensors outside the blocks, totals and notes; lines end with a line feed. */
    public static String of(Plan plan) {
        return new PlanTable(plan).text();
    }

    private String text() {
        StringBuilder text = new StringBuilder();
        if (!plan.choices().isEmpty()) {
            text.append(blocks("matrices", Candidate.Kind.MATRIX));
            text.append(blocks("vectors", Candidate.Kind.VECTOR));
            text.append(blocks("prompts", Candidate.Kind.PROMPT));
            text.append(outside()).append(LEGEND).append('\n');
        }
        if (!plan.blocks().isEmpty()) {
            text.append(widths()).append('\n');
        }
        text.append(totals());
        plan.notes().forEach(note -> text.append("note: ").append(note).append('\n'));
        return text.toString();
    }

    private String blocks(String title, Candidate.Kind kind) {
        TextGrid grid = new TextGrid(title);
        for (Choice choice : plan.choices()) {
            Candidate candidate = choice.candidate();
            if (candidate.block() >= 0 && candidate.kind() == kind) {
                grid.put("block " + candidate.block(), column(candidate), cell(choice));
            }
        }
        return grid.isEmpty() ? "" : grid + "\n";
    }

    private String widths() {
        TextGrid grid = new TextGrid("widths");
        for (BlockWidth block : plan.blocks()) {
            String row = "block " + block.block();
            grid.put(row, "width", block.width() == 0 ? "-" : Integer.toString(block.width()));
            grid.put(row, "parameters", String.format(Locale.ROOT, "%,d", block.parameters()));
            grid.put(row, "score", String.format(Locale.ROOT, "%.3g", block.score()));
        }
        return grid.toString();
    }

    private String outside() {
        TextGrid grid = new TextGrid("outside the blocks");
        for (Choice choice : plan.choices()) {
            if (choice.candidate().block() < 0) {
                grid.put(choice.candidate().name(), "", cell(choice));
            }
        }
        return grid.isEmpty() ? "" : grid + "\n";
    }

    /** An operation has one matrix, but may have several others; those are told apart by the last part of their name. */
    private static String column(Candidate candidate) {
        String name = candidate.name();
        return candidate.kind() == Candidate.Kind.MATRIX
                ? candidate.operation()
                : candidate.operation() + name.substring(name.lastIndexOf('.'));
    }

    private String cell(Choice choice) {
        if (choice.selected() == 0) {
            return "-";
        }
        Candidate candidate = choice.candidate();
        String mark = ".";
        if (structured.contains(candidate.name())) {
            mark = candidate.kind() == Candidate.Kind.MATRIX ? "M" : "W";
        } else if (plan.sparse().containsKey(candidate.name())) {
            mark = "s";
        }
        String why = choice.threshold().isPresent()
                ? choice.selected() + "/" + choice.threshold().getAsLong()
                : Integer.toString(choice.selected());
        return mark + " " + why;
    }

    private String totals() {
        PlanCost cost = plan.cost();
        TextGrid grid = new TextGrid("cost");
        add(grid, "modules", cost.modules(), modules());
        add(grid, "vectors", cost.vectors(), plan.vectors().size() + " whole vectors");
        add(
                grid,
                "sparse",
                cost.sparse(),
                "individual weights of " + plan.sparse().size() + " tensors");
        add(grid, "class token", cost.classToken(), plan.tunesClassToken() ? "tuned whole" : "frozen");
        String limit = plan.budget().isPresent()
                ? String.format(Locale.ROOT, "of a budget of %,d", plan.budget().getAsLong())
                : "no budget given";
        add(grid, "total", cost.total(), String.format(Locale.ROOT, "%s, tau %,d", limit, plan.tau()));
        return grid.toString();
    }

    private String modules() {
        AllocationRule rule = plan.rule();
        if (rule.module().isOfBlock()) {
            return plan.blocks().stream().filter(block -> block.width() > 0).count() + " " + rule.kinds()
                    + " modules of their own widths";
        }
        String prompts = plan.prompts().isEmpty() ? "" : ", " + plan.prompts().size() + " prompts";
        return plan.matrices().size() + " " + rule.kinds() + " modules of rank " + rule.rank() + prompts;
    }

    private static void add(TextGrid grid, String row, long parameters, String what) {
        grid.put(row, "parameters", String.format(Locale.ROOT, "%,10d", parameters));
        grid.put(row, "", what);
    }
}
