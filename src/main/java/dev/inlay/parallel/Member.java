package dev.inlay.parallel;

import dev.inlay.error.Host;

/**
 * A process with a rank, as messages name it.
 *
 * @param rank in [0, number of ranks)
 * @param host the name of its machine
 * @param process its id there
 */
record Member(int rank, String host, long process) {
    /** This process. */
    static Member here(int rank) {
        return new Member(rank, Host.name(), ProcessHandle.current().pid());
    }

    @Override
    public String toString() {
        return "rank " + rank + " on " + host + " (process " + process + ")";
    }
}
