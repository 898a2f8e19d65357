package dev.inlay.engine;

import dev.inlay.progress.Progress;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * A process that does pieces, one at a time, and keeps for later pieces what an earlier one needed: a backbone is loaded
 * once. Not safe for use by several threads at once.
 */
public final class Worker implements AutoCloseable {
    private final Map<Class<?>, Object> kept;
    private final Progress progress;
    private final BooleanSupplier stop;

    /**
     * @param progress shows how far the pieces are
     * @param stop true once the work is to be saved and left
     */
    public Worker(Progress progress, BooleanSupplier stop) {
        this(new LinkedHashMap<>(), progress, stop);
    }

    private Worker(Map<Class<?>, Object> kept, Progress progress, BooleanSupplier stop) {
        this.kept = kept;
        this.progress = progress;
        this.stop = stop;
    }

    /** The same process, with the same kept objects, that is watched by others. */
    public Worker watchedBy(Progress others, BooleanSupplier stops) {
        return new Worker(kept, others, stops);
    }

    /** Shows how far the piece is. */
    public Progress progress() {
        return progress;
    }

    /** True once the work is to be saved and left. */
    public BooleanSupplier stop() {
        return stop;
    }

    /**
     * The one object of a class that pieces share in this process.
     *
     * @param make makes it when it is asked for first; it is closed with this worker, if it can be
     */
    public <K> K keep(Class<K> kind, Supplier<K> make) {
        Object known = kept.get(kind);
        if (known == null) {
            known = make.get();
            kept.put(kind, known);
        }
        return kind.cast(known);
    }

    @Override
    public void close() {
        kept.values().forEach(Worker::close);
        kept.clear();
    }

    private static void close(Object object) {
        if (object instanceof AutoCloseable closeable) {
            try {
                closeable.close();
            } catch (RuntimeException e) {
                throw e;
            } catch (Exception e) {
                throw new IllegalStateException("cannot close " + closeable, e);
            }
        }
    }
}
