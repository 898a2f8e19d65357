package example;

import dev.inlay.Inlay;
import dev.inlay.Tune;
import dev.inlay.backbone.Backbone;
import dev.inlay.data.Dataset;
import dev.inlay.data.builtin.BuiltinDataset;
import dev.inlay.data.builtin.BuiltinDataset.Split;
import dev.inlay.data.builtin.BuiltinTasks;
import dev.inlay.record.RunRecord;
import dev.inlay.task.Prediction;
import dev.inlay.task.TunedModel;
import dev.inlay.tuning.method.Lora;
import java.nio.file.Path;
import java.util.Map;

/** Tunes the built-in backbone with LoRA to tell in which of eight directions a figure points, and asks the result about three images. */
public final class TuneAndPredict {
    private TuneAndPredict() {}

    public static void main(String[] args) {
        Path out = Path.of("runs/orientation");
        RunRecord run = Tune.onBuiltin() // for your photos: Tune.on(weights).photos(folder)
                .set("data", Map.of("type", "builtin", "task", "orientation", "train", 400, "validation", 80, "test", 200))
                .with(Lora.rank(4))
                .set("train.epochs", 4)
                .set("train.learningRate", 3e-3)
                .set("train.select", "best")
                .run(out);
        System.out.println(run);

        Path task = out.resolve("task.safetensors");
        Dataset images = new BuiltinDataset(BuiltinTasks.named("orientation"), Split.TEST, 7, 64);
        try (Backbone backbone = Inlay.backboneOf(task); // one for any number of tasks
                TunedModel model = TunedModel.open(task, backbone)) {
            for (int i = 0; i < 3; i++) {
                Prediction prediction = model.predict(images.image(i), images.id(i));
                System.out.println(prediction);
            }
        }
    }
}
