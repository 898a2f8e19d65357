package dev.inlay.engine;

/**
 * Told by an engine what becomes of the pieces, on the thread that called {@link Engine#run}.
 *
 * @param <R> what pieces tell at their end
 */
public interface WorkListener<R> {
    /**
     * A piece begins in this process; engines that do it elsewhere do not tell.
     *
     * @param piece its index
     */
    default void begins(int piece) {}

    /**
     * A piece is finished.
     *
     * @param piece its index
     */
    void finished(int piece, R result);

    /**
     * A piece failed; the others go on.
     *
     * @param piece its index
     * @param reason why, for a person
     */
    void failed(int piece, String reason);
}
