package dev.inlay.cli;

import dev.inlay.error.InlayException;
import dev.inlay.error.StorageException;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** The log file of a run. A line that cannot be written does not end the run, whose results matter more, but is told at its end. */
final class RunLog extends OutputStream {
    private final Path file;
    private final OutputStream out;
    private IOException lost;

    private RunLog(Path file, OutputStream out) {
        this.file = file;
        this.out = out;
    }

    /**
     * Opens {@code run.log} of a folder to append to it.
     *
     * @throws InlayException if the folder cannot be made or the file not be opened
     */
    static RunLog in(Path folder) {
        Path file = folder.resolve("run.log");
        try {
            Files.createDirectories(folder);
            return new RunLog(file, new FileOutputStream(file.toFile(), true));
        } catch (IOException e) {
            throw new InlayException(
                    "cannot use the run folder " + folder + ": " + StorageException.reason(e)
                            + "; choose another --out",
                    e);
        }
    }

    @Override
    public void write(int b) {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
        try {
            out.write(bytes, offset, length);
        } catch (IOException e) {
            lost = e;
        }
    }

    /**
     * Asks whether every line so far arrived.
     *
     * @throws InlayException if one did not
     */
    void requireWhole() {
        if (lost != null) {
            throw new InlayException(
                    file + " lacks lines that could not be written: " + lost.getMessage()
                            + "; all else is done and written",
                    lost);
        }
    }

    @Override
    public void close() throws IOException {
        out.close();
    }
}
