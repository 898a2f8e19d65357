package dev.inlay.parallel;

/**
 * Processes that somebody else started and watches, as rank 0 sees them.
 *
 * @param group the connection to them; closed with this
 */
public record ConnectedRanks(Group group) implements Ranks {
    @Override
    public int size() {
        return group.size();
    }

    /** Leaves that to whoever started them. */
    @Override
    public void check() {}

    @Override
    public void finish() {
        Message.send(group, "");
    }

    @Override
    public void close() {
        group.close();
    }
}
