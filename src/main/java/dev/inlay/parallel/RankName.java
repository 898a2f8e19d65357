package dev.inlay.parallel;

import dev.inlay.error.Host;

/**
 * A process with a rank, as messages name it.
 *
 * @param rank in [0, number of ranks)
 * @param host the name of its machine
 * @param process its id there
 */
record RankName(int rank, String host, long process) {
    /** This process. */
    static RankName here(int rank) {
        return new RankName(rank, Host.name(), ProcessHandle.current().pid());
    }

    @Override
    public String toString() {
        return "rank " + rank + " on " + host + " (process " + process + ")";
    }
}
