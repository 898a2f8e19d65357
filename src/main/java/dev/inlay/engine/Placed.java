package dev.inlay.engine;

import dev.inlay.error.Host;
import java.io.Serial;
import java.io.Serializable;
import java.util.List;

/**
 * A piece that is done only where its folder is seen, before and after.
 *
 * @param piece what is done
 * @param token of the folder
 */
record Placed<R extends Serializable>(WorkItem<R> piece, SharedFolder.Token token)
        implements WorkItem<Placed.Result<R>> {
    @Serial
    private static final long serialVersionUID = 1L;

    /**
     * What a piece told, and where the rest is.
     *
     * @param host that did it
     * @param files absolute
     */
    record Result<R extends Serializable>(R told, String host, List<String> files) implements Serializable {
        @Serial
        private static final long serialVersionUID = 1L;
    }

    @Override
    public String name() {
        return piece.name();
    }

    @Override
    public Result<R> run(Worker worker) {
        token.require();
        R told = piece.run(worker);
        token.require();
        return new Result<>(told, Host.name(), piece.files(told));
    }

    @Override
    public List<String> files(Result<R> result) {
        return result.files();
    }
}
