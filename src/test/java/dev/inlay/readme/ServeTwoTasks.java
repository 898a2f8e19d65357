package dev.inlay.readme;

import dev.inlay.Inlay;
import dev.inlay.backbone.Backbone;
import dev.inlay.data.RawImage;
import dev.inlay.data.image.ExifOrientation;
import dev.inlay.data.image.ImageDecoder;
import dev.inlay.metrics.ServingMetrics;
import dev.inlay.serve.Answer;
import dev.inlay.serve.Predictor;
import dev.inlay.task.Prediction.Ranked;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** A service of another program's own: two tasks on one backbone, with meters; {@link EmbeddingTest} runs it. */
final class ServeTwoTasks {
    private ServeTwoTasks() {}

    public static void main(String[] args) throws InterruptedException {
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        Path birds = Path.of("birds.safetensors");
        RawImage image = new ImageDecoder(ExifOrientation.APPLY).decode(Path.of("wing.jpg"));
        try (Backbone backbone = Inlay.backboneOf(birds, Path.of("model.safetensors"));
                Predictor predictor = new Predictor(backbone)) {
            new ServingMetrics(predictor).bindTo(registry);
            predictor.put("birds", birds);
            predictor.put("moths", Path.of("moths.safetensors"));
            CompletableFuture<List<Answer>> first = predictor.predictAsync("birds", List.of(image));
            CompletableFuture<List<Answer>> second = predictor.predictAsync("moths", List.of(image));
            print("birds", first.join());
            print("moths", second.join());
            while (answered(registry) < 2) { // whoever waits for an answer may have it a moment before it is counted
                Thread.sleep(1);
            }
            System.out.println(predictor.tasks().size() + " tasks, " + answered(registry) + " requests answered");
        }
    }

    private static void print(String task, List<Answer> answers) {
        Ranked best = answers.get(0).prediction().top(1).get(0);
        System.out.println(task + ": " + best.label() + ", " + best.score());
    }

    private static long answered(SimpleMeterRegistry registry) {
        return registry.find("inlay.serve.request").tag("outcome", "ok").timers().stream()
                .mapToLong(Timer::count)
                .sum();
    }
}
