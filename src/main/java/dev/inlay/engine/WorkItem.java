package dev.inlay.engine;

import java.io.Serializable;
import java.util.List;

/**
 * Work that needs nothing from other pieces and may be done on another machine: a record of plain values, with paths that
 * every machine sees alike. A piece leaves its result in files; done once more after its machine was lost, it goes on from
 * what it finds there, and done once more after it was finished, it changes nothing.
 *
 * @param <R> what is told of it at the end, small
 */
public interface WorkItem<R extends Serializable> extends Serializable {
    /** What a person calls it. */
    String name();

    /**
     * Does the work.
     *
     * @param worker the process it is done in
     * @throws RuntimeException if it fails; other pieces go on
     */
    R run(Worker worker);

    /**
     * The files that hold the result.
     *
     * @param result what {@link #run} told
     * @return absolute paths, all of them there once it has told
     */
    List<String> files(R result);
}
