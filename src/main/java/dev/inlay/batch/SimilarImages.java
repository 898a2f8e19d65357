package dev.inlay.batch;

import dev.inlay.embedding.EmbeddingFiles;
import dev.inlay.embedding.LabelledNeighbours;
import dev.inlay.embedding.Neighbour;
import dev.inlay.error.ConfigException;
import dev.inlay.error.DataException;
import dev.inlay.progress.Progress;
import dev.inlay.task.TunedModel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Finds images of a folder of predictions by their embeddings. */
public final class SimilarImages {
    private static final int BATCH = 32;

    private SimilarImages() {}

    /**
     * An image of the folder.
     *
     * @param path what it is called there
     * @param similarity cosine with the image it was found for, in [-1, 1]
     */
    public record Match(String path, double similarity) {}

    /**
     * An image, and those like it.
     *
     * @param path of the image
     * @param similar the most similar first; the image itself is none of them
     */
    public record Found(String path, List<Match> similar) {}

    /**
     * Embeds images and looks for those like them.
     *
     * @param folder of predictions with embeddings
     * @param task the file that {@code model} was read from
     * @param images files, at least one
     * @param k how many are wanted of each, at least 1
     * @return in the order of the images
     * @throws ConfigException if the folder's predictions are of another task
     * @throws DataException if the folder has no embeddings, or an image cannot be used
     */
    public static List<Found> like(
            List<Path> images, Path folder, Path task, TunedModel model, int k, Progress progress) {
        PredictionFolder.requireTask(folder, ModelFiles.fingerprint(task));
        try (EmbeddingFiles files = EmbeddingFiles.open(folder)) {
            List<float[]> embeddings = new ArrayList<>();
            model.embed(images, BATCH, progress, (prediction, embedding) -> embeddings.add(embedding));
            List<List<Neighbour>> nearest = files.nearest(embeddings, k + 1, progress);
            List<Found> found = new ArrayList<>();
            for (int i = 0; i < images.size(); i++) {
                String id = images.get(i).toAbsolutePath().normalize().toString();
                found.add(new Found(
                        images.get(i).toString(),
                        matches(nearest.get(i), files.ids()).stream()
                                .filter(match -> !match.path().equals(id))
                                .limit(k)
                                .toList()));
            }
            return found;
        }
    }

    /**
     * Looks for images of a folder that are nearly the same.
     *
     * @param folder of predictions with embeddings
     * @param threshold the least similarity of two, in (0, 1]
     * @return groups of two and more, each image with its similarity to the nearest of the others
     * @throws DataException if the folder has no embeddings
     */
    public static List<List<Match>> duplicates(Path folder, double threshold, Progress progress) {
        try (EmbeddingFiles files = EmbeddingFiles.open(folder)) {
            return files.duplicates(threshold, progress).stream()
                    .map(group -> matches(group, files.ids()))
                    .toList();
        }
    }

    /**
     * Says how well images of the same class are found, the class being the name of the folder that an image lies in.
     *
     * @param folder of predictions with embeddings
     * @throws DataException if the folder has no embeddings, or no two images lie in one folder of several
     */
    public static LabelledNeighbours byFolder(Path folder, Progress progress) {
        try (EmbeddingFiles files = EmbeddingFiles.open(folder)) {
            Map<String, Integer> classes = new HashMap<>();
            int[] labels = files.ids().stream()
                    .map(SimilarImages::folderOf)
                    .mapToInt(name -> classes.computeIfAbsent(name, fresh -> classes.size()))
                    .toArray();
            if (classes.size() < 2 || classes.size() == labels.length) {
                throw new DataException(folder + ": expected images in a folder for each class, found "
                        + (classes.size() < 2 ? "one folder" : "one image in each folder"));
            }
            return files.labelled(labels, progress);
        }
    }

    private static String folderOf(String id) {
        String[] names = id.split("[/\\\\]");
        return names.length < 2 ? "" : names[names.length - 2];
    }

    private static List<Match> matches(List<Neighbour> neighbours, List<String> ids) {
        return neighbours.stream()
                .map(neighbour -> new Match(ids.get(neighbour.row()), neighbour.similarity()))
                .toList();
    }
}
