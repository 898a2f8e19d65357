package dev.inlay.batch;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.inlay.data.LabelSpace.PixelClasses;
import dev.inlay.data.RawImage;
import dev.inlay.data.image.EncodedImage;
import dev.inlay.data.image.ImageDecoder;
import dev.inlay.data.image.MaskPalette;
import dev.inlay.data.image.MaskPng;
import dev.inlay.error.DataException;
import dev.inlay.file.AtomicFile;
import dev.inlay.inference.SlidingWindow;
import dev.inlay.task.MaskPrediction;
import java.io.IOException;
import java.io.Serial;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The masks of a folder of predictions: indexed PNGs in {@value #MASKS}, what they look like on their images in {@value #OVERLAYS},
 * and what their colours mean in {@value #LEGEND}, and for people in {@value #SHOWN_LEGEND}. Each file is there as a whole or not at
 * all, before the row that names it.
 *
 * @param overlays whether overlays are written
 * @param names of masks by the ids of images of files, see {@link MaskNames}
 * @param window in which images are shown at their own size; null to show them as a whole
 */
record WrittenMasks(boolean overlays, Map<String, String> names, SlidingWindow window) implements Serializable {
    static final String MASKS = "masks";
    static final String OVERLAYS = "overlays";
    static final String LEGEND = "legend.json";
    static final String SHOWN_LEGEND = "legend.svg";

    @Serial
    private static final long serialVersionUID = 1L;

    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final int LINE = 24;

    /** A class in {@value #LEGEND}. */
    private record Entry(int index, String label, String colour) {}

    /** Makes a folder ready: says what the colours mean, and removes what killed commands left half-written. */
    static void prepare(Path folder, PixelClasses labels) {
        List<Entry> entries = IntStream.range(0, labels.size())
                .mapToObj(c -> new Entry(c, labels.names().get(c), MaskPalette.text(MaskPalette.colour(c))))
                .toList();
        try {
            AtomicFile.write(
                    folder.resolve(LEGEND),
                    JSON.writerWithDefaultPrettyPrinter().writeValueAsString(entries) + "\n");
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a legend is JSON", e);
        }
        AtomicFile.write(folder.resolve(SHOWN_LEGEND), svg(entries));
        for (String part : List.of(MASKS, OVERLAYS)) {
            removeLeftovers(folder.resolve(part));
        }
    }

    private static String svg(List<Entry> entries) {
        StringBuilder svg = new StringBuilder(String.format(
                Locale.ROOT,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"480\" height=\"%d\" font-family=\"sans-serif\""
                        + " font-size=\"14\">%n<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>%n",
                LINE * entries.size() + LINE / 2));
        for (Entry entry : entries) {
            int y = LINE * entry.index + LINE / 2;
            svg.append(String.format(
                    Locale.ROOT,
                    "<rect x=\"12\" y=\"%d\" width=\"28\" height=\"16\" fill=\"%s\" stroke=\"#767676\"/>"
                            + "<text x=\"50\" y=\"%d\">%s</text>%n",
                    y,
                    entry.colour,
                    y + 13,
                    entry.label.replace("&", "&amp;").replace("<", "&lt;")));
        }
        return svg.append("</svg>\n").toString();
    }

    private static void removeLeftovers(Path folder) {
        if (!Files.isDirectory(folder)) {
            return;
        }
        try (Stream<Path> folders = Files.walk(folder).filter(Files::isDirectory)) {
            for (Path each : (Iterable<Path>) folders::iterator) {
                AtomicFile.removeLeftovers(each);
            }
        } catch (IOException | UncheckedIOException e) {
            throw new DataException("cannot list " + folder + ": " + e.getMessage(), e);
        }
    }

    /** Where the mask that a row names is, below {@value #MASKS}. */
    static String nameIn(PredictionRow row) {
        return row.mask().substring(MASKS.length() + 1);
    }

    /** Where the mask of an image is, below {@value #MASKS}. */
    String name(String id, String partition) {
        return names.getOrDefault(id, MaskNames.inTable(partition, id));
    }

    /**
     * Writes the files of an image.
     *
     * @param folder of predictions
     * @param name below {@value #MASKS} and {@value #OVERLAYS}
     * @param image that the prediction is of
     * @return the row that names them
     */
    PredictionRow write(Path folder, String name, MaskPrediction prediction, EncodedImage image, ImageDecoder decoder) {
        String mask = MASKS + "/" + name;
        String overlay = overlays ? OVERLAYS + "/" + name : null;
        AtomicFile.write(folder.resolve(mask), MaskPng.indexed(prediction.mask()));
        if (overlays) {
            RawImage decoded = image.decode(decoder);
            if (decoded.width() != prediction.mask().width()
                    || decoded.height() != prediction.mask().height()) {
                throw new DataException(
                        prediction.id() + ": its file was exchanged while it was predicted; run the command again");
            }
            AtomicFile.write(folder.resolve(overlay), MaskPng.overlay(decoded, prediction.mask()));
        }
        return PredictionRow.of(prediction).named(mask, overlay);
    }
}
