package dev.inlay.fuzz;

import com.sun.management.ThreadMXBean;
import dev.inlay.error.InlayException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * One damaged file after the other through a reader, which may only read it or refuse it with an {@link InlayException},
 * in bounded time and memory. For one thread.
 */
final class Attack {
    private static final long MAX_NANOS = 1_000_000_000;
    private static final long MAX_BYTES = 64L << 20;
    private static final int JUDGED = 32;

    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private final Target target;
    private final SplittableRandom random;
    private final Path file;
    private long tried;
    private long read;
    private long judged;
    private long framed;

    /**
     * @param folder where the file is written; a folder in memory is fast
     * @param seed equal seeds try equal files
     */
    Attack(Target target, Path folder, long seed) {
        this.target = target;
        this.random = new SplittableRandom(seed);
        this.file = folder.resolve(target.name().replace(' ', '-') + "-" + Long.toHexString(seed) + target.ending());
        target.seeds().forEach(valid -> {
            write(valid.valid());
            if (!reads()) {
                throw new IllegalStateException("a valid " + target.name() + " is refused");
            }
        });
    }

    /** How many files were tried. */
    long tried() {
        return tried;
    }

    /** How many of them were read. */
    long read() {
        return read;
    }

    /** The share of files whose outermost check holds, of those that were looked at. */
    double framed() {
        return judged == 0 ? 1 : (double) framed / judged;
    }

    /**
     * Tries one more file.
     *
     * @return what is wrong with how it was taken, and the bytes
     */
    Optional<Finding> next() {
        Seed seed = target.seeds().get(random.nextInt(target.seeds().size()));
        byte[] bytes = seed.damaged(random);
        write(bytes);
        if (tried++ % JUDGED == 0) {
            judged++;
            framed += target.framed().test(file) ? 1 : 0;
        }
        return judge(bytes);
    }

    private Optional<Finding> judge(byte[] bytes) {
        long thread = Thread.currentThread().getId();
        long allocated = threads.getThreadAllocatedBytes(thread);
        long start = System.nanoTime();
        try {
            if (reads()) {
                read++;
            }
        } catch (RuntimeException | Error e) {
            return Optional.of(new Finding(target.name(), "threw " + e, bytes));
        }
        long nanos = System.nanoTime() - start;
        long used = threads.getThreadAllocatedBytes(thread) - allocated;
        if (used > MAX_BYTES) {
            return Optional.of(new Finding(target.name(), "took " + used + " bytes of memory", bytes));
        }
        if (nanos > MAX_NANOS && isSlowAgain()) {
            return Optional.of(new Finding(target.name(), "took " + nanos / 1_000_000 + " ms", bytes));
        }
        return Optional.empty();
    }

    /** A pause of the machine does not come twice. */
    private boolean isSlowAgain() {
        for (int i = 0; i < 2; i++) {
            long start = System.nanoTime();
            reads();
            if (System.nanoTime() - start <= MAX_NANOS) {
                return false;
            }
        }
        return true;
    }

    private boolean reads() {
        try {
            target.reader().read(file);
            return true;
        } catch (InlayException e) {
            return false;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void write(byte[] bytes) {
        try {
            Files.write(file, bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
