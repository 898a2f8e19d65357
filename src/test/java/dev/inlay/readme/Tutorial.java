package dev.inlay.readme;

import dev.inlay.Inlay;
import dev.inlay.backbone.Backbone;
import dev.inlay.config.RunConfig;
import dev.inlay.data.Dataset;
import dev.inlay.data.builtin.BuiltinDataset;
import dev.inlay.data.builtin.BuiltinDataset.Split;
import dev.inlay.data.builtin.BuiltinTasks;
import dev.inlay.metrics.ServingMetrics;
import dev.inlay.record.RunRecord;
import dev.inlay.serve.Answer;
import dev.inlay.serve.Predictor;
import dev.inlay.task.Prediction;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** The program of {@code docs/tutorial.md}, with its steps between the marks; {@link TutorialTest} runs it. */
final class Tutorial {
    private Tutorial() {}

    public static void main(String[] args) {
        // Step: begin
        RunConfig config = RunConfig.read(Path.of("orientation.yaml"), List.of());
        RunRecord run = Inlay.tune(config, Path.of("runs/orientation"));

        System.out.printf(
                "linear probe: %.1f %% correct%n", 100 * run.linear().test().score());
        System.out.printf("SPT: %.1f %% correct%n", 100 * run.accuracy().top1());
        System.out.printf(
                "%d of %d parameters trained%n", run.trainableParameters().withoutHead(), run.backboneParameters());
        // Step: end

        // Step: begin
        List<String> changes =
                List.of("data.task=texture", "method={type: lora, rank: 4, operations: [attn.q, attn.v]}");
        RunRecord second = Inlay.tune(RunConfig.read(Path.of("orientation.yaml"), changes), Path.of("runs/texture"));

        System.out.printf("LoRA: %.1f %% correct%n", 100 * second.accuracy().top1());
        System.out.printf("%d KB on a backbone of %d KB%n", second.taskBytes() / 1000, second.backboneBytes() / 1000);
        // Step: end

        // Step: begin
        Path orientation = Path.of("runs/orientation/task.safetensors");
        Path texture = Path.of("runs/texture/task.safetensors");
        MeterRegistry registry = new SimpleMeterRegistry();

        try (Backbone backbone = Inlay.backboneOf(orientation); // the built-in one
                Predictor predictor = new Predictor(backbone)) {
            new ServingMetrics(predictor).bindTo(registry);
            predictor.put("orientation", orientation);
            predictor.put("texture", texture);
            answer(predictor);
        }
        // Step: end

        // Step: begin
        System.out.printf(
                "%d images computed%n",
                (long) registry.get("inlay.serve.batch.images").summary().totalAmount());
        System.out.printf(
                "%d request for tasks of kind lora%n",
                registry.get("inlay.serve.request").tag("kind", "lora").timer().count());
        // Step: end
    }

    // Step: begin
    static void answer(Predictor predictor) {
        Dataset bodies = new BuiltinDataset(BuiltinTasks.named("orientation"), Split.TEST, 7, 64);
        Dataset surfaces = new BuiltinDataset(BuiltinTasks.named("texture"), Split.TEST, 7, 64);

        CompletableFuture<List<Answer>> directions = predictor.predictAsync("orientation", List.of(bodies.image(0)));
        CompletableFuture<List<Answer>> textures =
                predictor.predictAsync("texture", List.of(surfaces.image(0), surfaces.image(1), surfaces.image(2)));

        print(bodies, directions.join());
        print(surfaces, textures.join());
    }

    static void print(Dataset images, List<Answer> answers) {
        for (int i = 0; i < answers.size(); i++) {
            Prediction prediction = answers.get(i).prediction();
            String truth = images.classNames().get(images.label(i));
            System.out.printf(
                    "%s: %s (%.0f %%); it is %s%n", images.id(i), prediction.label(), 100 * prediction.score(), truth);
        }
    }
    // Step: end
}
