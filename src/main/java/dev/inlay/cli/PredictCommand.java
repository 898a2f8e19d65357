package dev.inlay.cli;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.inlay.backbone.Backbone;
import dev.inlay.data.source.TensorFiles;
import dev.inlay.error.DataException;
import dev.inlay.progress.Progress;
import dev.inlay.task.Prediction;
import dev.inlay.task.TunedModel;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code inlay predict}: labels of pictures. */
@Command(name = "predict", description = "Says what is on pictures: one line each, JSON or CSV.")
final class PredictCommand implements Runnable {
    private static final int BATCH = 64;
    private static final JsonMapper JSON = JsonMapper.builder().build();

    @Spec
    private CommandSpec spec;

    @Mixin
    private TaskArguments task;

    @Option(names = "--logits", description = "Print the raw logits of all classes too.")
    private boolean logits;

    @Option(
            names = "--top-k",
            paramLabel = "K",
            defaultValue = "1",
            description = "Print the K most probable classes (${DEFAULT-VALUE}).")
    private int topK;

    @Option(
            names = "--format",
            paramLabel = "json|csv",
            defaultValue = "json",
            description = "JSON lines or CSV (${DEFAULT-VALUE}).")
    private Format format;

    @Parameters(
            arity = "1..*",
            paramLabel = "INPUT",
            description = "Pictures, folders of pictures, or a tensors file (safetensors with images).")
    private List<Path> inputs;

    /** How a prediction is printed. */
    enum Format {
        JSON,
        CSV
    }

    @Override
    public void run() {
        PrintWriter out = spec.commandLine().getOut();
        Progress progress = ConsoleProgress.to(spec.commandLine().getErr());
        Consumer<Prediction> print = prediction -> print(prediction, out);
        try (Backbone backbone = task.backbone();
                TunedModel model = TunedModel.open(task.task(), backbone)) {
            if (format == Format.CSV) {
                out.println("path,label,score" + (logits ? ",logits" : ""));
            }
            List<Path> pictures = new ArrayList<>();
            for (Path input : inputs) {
                if (input.toString().endsWith(".safetensors")) {
                    model.predict(TensorFiles.open(input), BATCH, progress, print);
                } else {
                    pictures.addAll(pictures(input));
                }
            }
            if (!pictures.isEmpty()) {
                model.predict(pictures, BATCH, progress, print);
            }
        } finally {
            out.flush();
        }
    }

    private static List<Path> pictures(Path input) {
        if (!Files.exists(input)) {
            throw new DataException(input + " does not exist");
        }
        try (Stream<Path> files = Files.walk(input)) {
            return files.filter(Files::isRegularFile).sorted().toList();
        } catch (IOException e) {
            throw new DataException("cannot list " + input + ": " + e, e);
        }
    }

    private void print(Prediction prediction, PrintWriter out) {
        if (format == Format.CSV) {
            out.println(csv(prediction));
        } else {
            out.println(json(prediction));
        }
    }

    private ObjectNode json(Prediction prediction) {
        Prediction.Ranked best = prediction.top(1).get(0);
        ObjectNode line = JSON.createObjectNode()
                .put("path", prediction.id())
                .put("label", best.className())
                .put("labelIndex", best.label())
                .put("score", best.score());
        if (topK > 1) {
            ArrayNode top = line.putArray("top");
            prediction.top(topK).forEach(ranked -> top.addObject()
                    .put("label", ranked.className())
                    .put("score", ranked.score()));
        }
        if (logits) {
            ArrayNode values = line.putArray("logits");
            for (float logit : prediction.logits()) {
                values.add(logit);
            }
        }
        return line;
    }

    private String csv(Prediction prediction) {
        Prediction.Ranked best = prediction.top(1).get(0);
        StringBuilder line = new StringBuilder(quoted(prediction.id()) + "," + quoted(best.className()) + ","
                + String.format(Locale.ROOT, "%.6f", best.score()));
        if (logits) {
            List<String> values = new ArrayList<>();
            for (float logit : prediction.logits()) {
                values.add(Float.toString(logit));
            }
            line.append(',').append(String.join(" ", values));
        }
        return line.toString();
    }

    private static String quoted(String text) {
        return text.matches("[^,\"\\r\\n]*") ? text : "\"" + text.replace("\"", "\"\"") + "\"";
    }
}
