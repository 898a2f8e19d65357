package dev.inlay.record;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.SerializationFeature;
import dev.inlay.error.DataException;
import dev.inlay.error.InlayException;
import dev.inlay.error.JsonFault;
import dev.inlay.error.StorageException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/**
 * {@code trials.jsonl}: {@link SuiteRunRecord}s as JSON, one a line, in the order in which the runs ended. Lines are only ever
 * added; several such files, one after the other, are one again.
 */
public final class SuiteRunsFile {
    private static final ObjectWriter LINE = MetricsFile.JSON.writer().without(SerializationFeature.INDENT_OUTPUT);

    private SuiteRunsFile() {}

    /**
     * Adds a line, and waits until the disk has it. What a process that was killed left of its last line is cut off first.
     *
     * @throws InlayException if it cannot be written
     */
    public static void append(Path file, SuiteRunRecord trial) {
        try {
            Files.createDirectories(file.toAbsolutePath().getParent());
            ByteBuffer line = ByteBuffer.wrap((LINE.writeValueAsString(trial) + "\n").getBytes(UTF_8));
            try (FileChannel out = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
                long end = Files.size(file) == 0 ? 0 : complete(Files.readAllBytes(file));
                out.truncate(end).position(end);
                while (line.hasRemaining()) {
                    out.write(line);
                }
                out.force(true);
            }
        } catch (IOException e) {
            throw new InlayException("cannot write " + file + ": " + StorageException.reason(e), e);
        }
    }

    /**
     * Reads every complete line; none if there is no file.
     *
     * @throws DataException if the file cannot be read, or a line is no trial; the message has its number
     */
    public static List<SuiteRunRecord> read(Path file) {
        if (!Files.exists(file)) {
            return List.of();
        }
        List<SuiteRunRecord> trials = new ArrayList<>();
        try {
            byte[] bytes = Files.readAllBytes(file);
            String text = new String(bytes, 0, complete(bytes), UTF_8);
            for (String line : text.lines().toList()) {
                trials.add(trial(line, file, trials.size() + 1));
            }
        } catch (IOException e) {
            throw new DataException("cannot read " + file + ": " + StorageException.reason(e), e);
        }
        return trials;
    }

    private static SuiteRunRecord trial(String line, Path file, int number) {
        try {
            return MetricsFile.JSON.readValue(line, SuiteRunRecord.class);
        } catch (JsonProcessingException e) {
            throw new DataException(JsonFault.in(file + " line " + number, "a trial of a suite", e), e);
        }
    }

    /** How many bytes the complete lines have. */
    private static int complete(byte[] bytes) {
        int end = bytes.length;
        while (end > 0 && bytes[end - 1] != '\n') {
            end--;
        }
        return end;
    }
}
