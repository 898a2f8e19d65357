package dev.inlay.tensor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.OptionalLong;

/** The most physical memory this process has held since it began, or since the peak was forgotten. */
public final class PeakMemory {
    private static final Path STATUS = Path.of("/proc/self/status");
    private static final Path CLEAR = Path.of("/proc/self/clear_refs");

    /** What the kernel takes as "the peak is what is held now" (proc(5)). */
    private static final String PEAK = "5";

    private PeakMemory() {}

    /** VmHWM of Linux in bytes; empty on systems that do not tell. */
    public static OptionalLong residentBytes() {
        try {
            return Files.readAllLines(STATUS).stream()
                    .filter(line -> line.startsWith("VmHWM:"))
                    .mapToLong(line -> 1024 * Long.parseLong(line.replaceAll("\\D", "")))
                    .findFirst();
        } catch (IOException e) {
            return OptionalLong.empty();
        }
    }

    /**
     * Forgets the peak so far: from here on it is counted anew, beginning with what is held now.
     *
     * @return false where the system does not let it be forgotten; then nothing has changed
     */
    public static boolean reset() {
        try {
            Files.writeString(CLEAR, PEAK, StandardOpenOption.WRITE);
            return true;
        } catch (IOException e) {
            return false;
        }
    }
}
