package dev.inlay.cli;

import dev.inlay.allocation.PlanTable;
import dev.inlay.checkpoint.safetensors.SafeTensorsFile;
import dev.inlay.checkpoint.safetensors.TensorInfo;
import dev.inlay.error.DataException;
import dev.inlay.tuning.PlanJson;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;

/** What a file holds, as text for people. Tensors are not read, only described. */
final class FileSummary {
    private static final int LONGEST_VALUE = 200;

    private FileSummary() {}

    /**
     * A plan's table, or the metadata and tensors of a safetensors file.
     *
     * @throws DataException if the file is neither
     */
    static String of(Path file) {
        return startsAsJson(file) ? PlanTable.of(PlanJson.read(file)) : tensors(file);
    }

    private static boolean startsAsJson(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            // a safetensors file starts with the length of its header, whose ninth byte is the brace
            byte[] start = in.readNBytes(9);
            return start.length > 0 && start[0] == '{' && (start.length < 9 || start[8] != '{');
        } catch (NoSuchFileException e) {
            throw new DataException(file + ": no such file; check the path", e);
        } catch (IOException e) {
            throw new DataException(file + ": cannot be read: " + e, e);
        }
    }

    private static String tensors(Path path) {
        StringBuilder text = new StringBuilder();
        try (SafeTensorsFile file = SafeTensorsFile.open(path)) {
            long numbers = 0;
            long bytes = 0;
            StringBuilder lines = new StringBuilder();
            for (String name : file.names()) {
                TensorInfo info = file.info(name);
                numbers += info.elements();
                bytes += info.byteLength();
                lines.append(String.format(Locale.ROOT, "%-44s %-5s %s%n", name, info.dtype(), info.shape()));
            }
            text.append(String.format(
                    Locale.ROOT,
                    "%,d tensors, %,d numbers, %,d bytes%n",
                    file.names().size(),
                    numbers,
                    bytes));
            for (Map.Entry<String, String> entry : file.metadata().entrySet()) {
                text.append(entry.getKey())
                        .append(": ")
                        .append(shortened(entry.getValue()))
                        .append('\n');
            }
            return text.append('\n').append(lines).toString();
        }
    }

    private static String shortened(String value) {
        String line = value.replaceAll("\\s+", " ");
        return line.length() <= LONGEST_VALUE ? line : line.substring(0, LONGEST_VALUE) + "…";
    }
}
