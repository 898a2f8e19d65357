package dev.inlay.readme;

import dev.inlay.Inlay;
import dev.inlay.backbone.Backbone;
import dev.inlay.config.RunConfig;
import dev.inlay.record.RunRecord;
import dev.inlay.task.Prediction;
import dev.inlay.task.TunedModel;
import java.nio.file.Path;
import java.util.List;

/** The program that the README shows; {@link EmbeddingTest} runs it. */
final class TuneAndPredict {
    private TuneAndPredict() {}

    public static void main(String[] args) {
        // README: begin
        RunConfig config = RunConfig.read(
                Path.of("configs/run/photos.yaml"), List.of("data.root=photos", "backbone.file=model.safetensors"));
        RunRecord run = Inlay.tune(config, Path.of("runs/photos"));
        System.out.println("test accuracy " + run.accuracy().top1());

        Path task = Path.of("runs/photos/task.safetensors");
        Path weights = Path.of("model.safetensors"); // leave this argument out for the built-in backbone
        try (Backbone backbone = Inlay.backboneOf(task, weights); // one for any number of tasks
                TunedModel model = TunedModel.open(task, backbone)) {
            for (Prediction photo : model.predict(List.of(Path.of("tulip.jpg")))) {
                System.out.println(photo.id() + ": " + photo.label() + ", " + photo.score());
            }
        }
        // README: end
    }
}
