package dev.inlay.error;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Memory ran out, on the heap, outside it or on a device: no fault of the data, so nothing is skipped because of it. */
public final class MemoryException extends InlayException {
    private static final long serialVersionUID = 1L;

    private static final int MAX_CAUSES = 16;
    private static final long MEGABYTE = 1 << 20;

    /** How LibTorch, JavaCPP, OpenCV, libjpeg and the C and C++ libraries say it. */
    private static final Pattern NATIVE = Pattern.compile(
            "not enough memory|can't allocate memory|cannot allocate memory|bad_alloc|insufficient memory"
                    + "|failed to allocate \\d+ bytes|physical memory usage is too high|out of memory",
            Pattern.CASE_INSENSITIVE);

    private static final Pattern BYTES = Pattern.compile("allocate (\\d+) bytes");

    private MemoryException(String message, Throwable cause) {
        super(message, cause);
    }

    /** The want of memory behind a failure, in words with what to set; empty if something else failed. */
    public static Optional<MemoryException> of(Throwable failure) {
        return Stream.iterate(failure, cause -> cause != null, Throwable::getCause)
                .limit(MAX_CAUSES)
                .filter(MemoryException::isOne)
                .findFirst()
                .map(cause ->
                        cause instanceof MemoryException known ? known : new MemoryException(message(cause), failure));
    }

    /** What to tell of a failure: the want of memory behind it, or itself if something else failed. */
    public static Throwable orSame(Throwable failure) {
        Optional<MemoryException> memory = of(failure);
        return memory.isPresent() ? memory.get() : failure;
    }

    /**
     * Passes over a failure that has another reason than want of memory.
     *
     * @throws MemoryException if memory ran out
     */
    public static void throwIfBehind(Throwable failure) {
        of(failure).ifPresent(memory -> {
            throw memory;
        });
    }

    private static boolean isOne(Throwable cause) {
        return cause instanceof MemoryException
                || cause instanceof OutOfMemoryError
                || !(cause instanceof InlayException)
                        && cause.getMessage() != null
                        && NATIVE.matcher(cause.getMessage()).find();
    }

    private static String message(Throwable cause) {
        String said = String.valueOf(cause.getMessage());
        String lower = said.toLowerCase(Locale.ROOT);
        if (lower.contains("native thread")) {
            return "the system gives this process no more threads; raise the limit of processes (ulimit -u) or free memory";
        }
        if (lower.contains("cuda") || lower.contains("gpu")) {
            return "out of memory on the GPU" + wanted(said)
                    + "; set a smaller train.batchSize or sensitivity.batchSize,"
                    + " or train.memory: recompute, or device: cpu";
        }
        boolean isHeap = cause instanceof OutOfMemoryError
                && !lower.contains("direct buffer")
                && !NATIVE.matcher(said).find();
        if (isHeap) {
            return "out of memory: Java's heap of at most "
                    + Runtime.getRuntime().maxMemory() / MEGABYTE
                    + " MiB is full; give it more, such as INLAY_JAVA_OPTS=-Xmx8g, or keep fewer images in memory with"
                    + " data.cacheMegabytes";
        }
        return "out of memory outside Java's heap" + wanted(said)
                + "; set a smaller train.batchSize, train.evaluationBatchSize or sensitivity.batchSize, or train.memory:"
                + " recompute, or leave the heap less, such as INLAY_JAVA_OPTS=-Xmx2g";
    }

    private static String wanted(String said) {
        Matcher bytes = BYTES.matcher(said);
        return bytes.find() ? ", which cannot give another " + Long.parseLong(bytes.group(1)) / MEGABYTE + " MiB" : "";
    }
}
