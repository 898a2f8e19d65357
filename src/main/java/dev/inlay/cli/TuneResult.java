package dev.inlay.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.inlay.record.MetricsFile;
import dev.inlay.record.RunRecord;
import dev.inlay.report.RunText;
import dev.inlay.report.Verdict;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Help.Ansi.IStyle;
import picocli.CommandLine.Help.Ansi.Style;

/**
 * What {@code inlay tune} prints at its end.
 *
 * @param run the record
 * @param out the run's folder
 */
record TuneResult(RunRecord run, Path out) {
    private static final int COLUMNS = 80;
    private static final int GAP = 3;
    private static final Logger LOG = LoggerFactory.getLogger(TuneResult.class);

    /** Keys of {@code metrics.json} that say much in little. */
    private static final List<String> KEYS = List.of(
            "name",
            "method",
            "backbone",
            "data",
            "test",
            "baselines",
            "selection",
            "trainableParameters",
            "taskBytes",
            "backboneParameters",
            "seconds",
            "peakResidentBytes",
            "repeats",
            "folds",
            "warnings");

    void print(PrintWriter print, boolean json) {
        Map<String, String> lines = lines();
        lines.forEach((label, text) -> LOG.info("{}: {}", label, text));
        if (json) {
            print.println(json());
        } else {
            Ansi colours = Colours.results();
            int width = lines.keySet().stream().mapToInt(String::length).max().orElseThrow();
            lines.forEach((label, text) -> {
                String[] parts = text.split("(?=   \\()", 2);
                String first = label + " ".repeat(width - label.length() + GAP);
                print.println(first
                        + Colours.in(colours, wrapped(parts[0], first.length()), style(label))
                        + (parts.length > 1 ? parts[1] : ""));
            });
        }
        print.flush();
    }

    /** Lines of at most 80 columns where there is a space to break at, all but the first of them indented. */
    private static String wrapped(String text, int indent) {
        int space = text.lastIndexOf(' ', COLUMNS - indent);
        return text.length() <= COLUMNS - indent || space <= 0
                ? text
                : text.substring(0, space)
                        + System.lineSeparator()
                        + " ".repeat(indent)
                        + wrapped(text.substring(space + 1), indent);
    }

    private Map<String, String> lines() {
        Map<String, String> lines = new LinkedHashMap<>(RunText.lines(run));
        if (run.folds().isEmpty()) {
            lines.put(
                    "task",
                    String.format(Locale.ROOT, "%s (%,d bytes)", out.resolve("task.safetensors"), run.taskBytes()));
        }
        lines.put("report", out.resolve("report.html").toString());
        return lines;
    }

    private IStyle[] style(String label) {
        if (label.equals(RunText.score(run))) {
            return new IStyle[] {Style.bold};
        }
        if (label.equals(RunText.VERDICT)) {
            return new IStyle[] {
                switch (Verdict.of(run).orElseThrow().kind()) {
                    case BETTER -> Style.fg_green;
                    case SIMILAR -> Style.fg_yellow;
                    case WORSE -> Style.fg_red;
                }
            };
        }
        return new IStyle[0];
    }

    private ObjectNode json() {
        ObjectNode all = MetricsFile.tree(run);
        ObjectNode json = all.deepCopy().retain(KEYS);
        if (json.path("data") instanceof ObjectNode data) {
            data.remove("perClass");
        }
        for (JsonNode trial : all.path("search")) {
            if (trial.path("chosen").booleanValue()) {
                json.set("chosen", trial);
            }
        }
        Verdict.of(run).ifPresent(verdict -> {
            ObjectNode told = json.putObject("verdict")
                    .put("kind", verdict.kind().toString())
                    .put("sentence", verdict.sentence());
            verdict.advice().ifPresent(advice -> told.put("advice", advice));
        });
        json.putObject("files")
                .put("metrics", out.resolve("metrics.json").toString())
                .put("report", out.resolve("report.html").toString());
        if (run.folds().isEmpty()) {
            ((ObjectNode) json.path("files"))
                    .put("task", out.resolve("task.safetensors").toString());
        }
        return json;
    }
}
