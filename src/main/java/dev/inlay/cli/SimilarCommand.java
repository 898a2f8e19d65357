package dev.inlay.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.inlay.backbone.Backbone;
import dev.inlay.batch.SimilarImages;
import dev.inlay.batch.SimilarImages.Found;
import dev.inlay.batch.SimilarImages.Match;
import dev.inlay.data.RawImage;
import dev.inlay.data.image.ExifOrientation;
import dev.inlay.data.image.ImageDecoder;
import dev.inlay.data.source.ImageWalk;
import dev.inlay.embedding.LabelledNeighbours;
import dev.inlay.error.DataException;
import dev.inlay.progress.Progress;
import dev.inlay.report.GalleryPage;
import dev.inlay.report.GalleryPage.Cell;
import dev.inlay.task.TunedModel;
import java.awt.image.BufferedImage;
import java.io.PrintWriter;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code inlay similar}: images that look alike to a task. */
@Command(
        name = "similar",
        description =
                "Finds similar images, or near duplicates: by the embeddings of a folder that predict --embeddings"
                        + " --out made.")
final class SimilarCommand implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(SimilarCommand.class);
    private static final JsonMapper JSON = JsonMapper.builder().build();

    @Spec
    private CommandSpec spec;

    @ArgGroup(exclusive = false)
    private TaskArguments task;

    @Parameters(index = "0", paramLabel = "DIR", description = "The folder of predictions.")
    private Path folder;

    @Parameters(
            index = "1..*",
            paramLabel = "IMAGE",
            description = "Images or folders of images to find similar ones of; with --task, the task of the folder.")
    private List<Path> images = new ArrayList<>();

    @Option(
            names = "--top-k",
            paramLabel = "K",
            defaultValue = "5",
            description = "How many similar images of each (${DEFAULT-VALUE}).")
    private int topK;

    @Option(
            names = "--duplicates",
            paramLabel = "S",
            description = "In place of IMAGE: groups of images of the folder whose similarity (cosine) is at least S,"
                    + " such as 0.98.")
    private Double duplicates;

    @Option(
            names = "--by-class",
            description = "In place of IMAGE: how well images of the same class find each other, the class being the"
                    + " folder that an image lies in: k-NN accuracy, recall at 1 and mean average precision.")
    private boolean byClass;

    @Option(names = "--json", description = "Print a JSON object for each image or group, one a line.")
    private boolean json;

    @Option(names = "--page", paramLabel = "FILE", description = "Write a page (HTML) that shows the images, too.")
    private Path page;

    @Override
    public void run() {
        requireFitting();
        Progress progress = ConsoleProgress.of(spec);
        PrintWriter lines = spec.commandLine().getOut();
        try {
            if (byClass) {
                lines.println(text(SimilarImages.byFolder(folder, progress)));
            } else if (duplicates == null) {
                List<Found> found = similar(progress);
                found.forEach(image -> lines.println(json ? line(image) : text(image.path(), image.similar())));
                write(
                        "Similar images",
                        "Each row begins with the image that was searched for; below the others, the cosine of their embeddings with its.",
                        found.stream()
                                .map(image -> cells(Stream.of(new Cell(image.path(), "query")), image.similar()))
                                .toList());
            } else {
                List<List<Match>> groups = SimilarImages.duplicates(folder, duplicates, progress);
                groups.forEach(group -> lines.println(json ? line(Map.of("duplicates", group)) : text(group)));
                write(
                        "Near duplicates",
                        "Each row is a group. The figure is the cosine of an image's embedding and the nearest of the"
                                + " others.",
                        groups.stream().map(group -> cells(Stream.of(), group)).toList());
                if (groups.isEmpty() && !json) {
                    lines.println("no two images have a similarity of " + duplicates + " or more");
                }
            }
        } finally {
            lines.flush();
        }
    }

    private void requireFitting() {
        Misuse.requireAtLeast(spec.commandLine(), "--top-k", 1, topK);
        boolean within = byClass || duplicates != null;
        if (byClass && duplicates != null) {
            throw misuse("--by-class and --duplicates are two questions; ask one");
        }
        if (!within && images.isEmpty()) {
            throw misuse("give an IMAGE to find similar ones of, --duplicates S or --by-class");
        }
        if (!within && task == null) {
            throw misuse("IMAGE goes with --task FILE, the task that the folder was made with");
        }
        String question = byClass ? "--by-class" : "--duplicates";
        if (within && !images.isEmpty()) {
            throw misuse(question + " compares the images of the folder with each other; leave out IMAGE");
        }
        if (within && task != null) {
            throw misuse(question + " needs no --task");
        }
        if (byClass && page != null) {
            throw misuse("--by-class shows no images; leave out --page");
        }
        if (duplicates != null && !(duplicates > 0 && duplicates <= 1)) {
            throw misuse("--duplicates: expected a similarity above 0 and at most 1, found " + duplicates);
        }
    }

    private ParameterException misuse(String what) {
        return new ParameterException(spec.commandLine(), what);
    }

    private List<Found> similar(Progress progress) {
        List<Path> files = new ArrayList<>();
        images.forEach(input -> ImageWalk.of(input, name -> false, LOG::warn, files::add));
        try (Backbone backbone = task.backbone();
                TunedModel model = TunedModel.open(task.task(), backbone)) {
            return SimilarImages.like(files, folder, task.task(), model, topK, progress);
        }
    }

    private String text(LabelledNeighbours found) {
        return json
                ? line(found)
                : String.format(
                        Locale.ROOT,
                        "k-NN accuracy (k = %d)   %.1f %%%nrecall at 1             %.1f %%%n"
                                + "mean average precision  %.1f %%%nimages                  %,d",
                        LabelledNeighbours.K,
                        100 * found.knn(),
                        100 * found.recallAt1(),
                        100 * found.meanAveragePrecision(),
                        found.images());
    }

    private static String text(String path, List<Match> similar) {
        return path + "\n" + text(similar);
    }

    private static String text(List<Match> matches) {
        StringBuilder text = new StringBuilder();
        matches.forEach(match -> text.append("  ")
                .append(GalleryPage.similarity(match.similarity()))
                .append("  ")
                .append(match.path())
                .append('\n'));
        return text.toString();
    }

    private static String line(Object value) {
        try {
            return JSON.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("paths and numbers are JSON", e);
        }
    }

    private static List<Cell> cells(Stream<Cell> first, List<Match> matches) {
        return Stream.concat(
                        first,
                        matches.stream()
                                .map(match -> new Cell(match.path(), GalleryPage.similarity(match.similarity()))))
                .toList();
    }

    private void write(String title, String lead, List<List<Cell>> rows) {
        if (page != null) {
            GalleryPage.write(page, title, lead, rows, SimilarCommand::image);
        }
    }

    /** The image of a path; none for one of a table, or one that is gone. */
    private static Optional<BufferedImage> image(String path) {
        try {
            RawImage image = new ImageDecoder(ExifOrientation.APPLY).decode(Path.of(path));
            return Optional.of(GalleryPage.image(image.width(), image.height(), image.rgb()));
        } catch (DataException | InvalidPathException e) {
            return Optional.empty();
        }
    }
}
