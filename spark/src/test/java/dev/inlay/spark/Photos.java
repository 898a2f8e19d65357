package dev.inlay.spark;

import dev.inlay.Inlay;
import dev.inlay.config.RunConfig;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import javax.imageio.ImageIO;

/** Images of noise, and a task on the built-in backbone to predict them with. */
final class Photos {
    private Photos() {}

    static Path task(Path folder) {
        RunConfig config = RunConfig.parse(
                """
                threads: 1
                data: {type: builtin, task: orientation, train: 32, validation: 0, test: 16}
                baselines: {linear: false}
                train: {epochs: 1, batchSize: 16}
                method: {type: bias}
                """,
                Path.of(""),
                List.of());
        Inlay.tune(config, folder);
        return folder.resolve("task.safetensors");
    }

    /** So many PNG files in a new folder. */
    static List<Path> write(Path folder, int count) {
        try {
            Files.createDirectories(folder);
            List<Path> files = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                Path file = folder.resolve("%05d.png".formatted(i));
                ImageIO.write(noise(new Random(i)), "png", file.toFile());
                files.add(file);
            }
            return files;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static BufferedImage noise(Random random) {
        BufferedImage image = new BufferedImage(48, 40, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < 40; y++) {
            for (int x = 0; x < 48; x++) {
                image.setRGB(x, y, random.nextInt(1 << 24));
            }
        }
        return image;
    }
}
