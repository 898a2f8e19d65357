package dev.inlay.engine;

import dev.inlay.error.InlayException;
import dev.inlay.error.MemoryException;
import java.io.Serializable;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Does pieces in this process, one after the other, in their order. */
public final class LocalEngine implements Engine {
    /** What {@code --engine} calls it. */
    public static final String NAME = "here";

    private static final Logger LOG = LoggerFactory.getLogger(LocalEngine.class);

    @Override
    public <R extends Serializable> void run(List<? extends WorkItem<R>> items, Worker here, WorkListener<R> listener) {
        for (int i = 0; i < items.size() && !here.stop().getAsBoolean(); i++) {
            listener.begins(i);
            R result;
            try {
                result = items.get(i).run(here);
            } catch (RuntimeException | OutOfMemoryError e) {
                if (here.stop().getAsBoolean()) {
                    throw e;
                }
                LOG.info("{} failed", items.get(i).name(), e); // the listener tells it
                listener.failed(i, reason(e));
                continue;
            }
            listener.finished(i, result);
        }
    }

    /** Why a piece failed, for a person. */
    public static String reason(Throwable failure) {
        Throwable told = MemoryException.orSame(failure);
        return told instanceof InlayException ? told.getMessage() : told.toString();
    }
}
