package dev.inlay.parallel;

/** Processes that somebody else started, as rank 0 sees them. */
public final class ConnectedRanks implements Ranks {
    private final Group group;
    private final int here;
    private boolean finished;

    /**
     * @param group the connection to them; closed with this
     * @param here how many are on this machine
     */
    public ConnectedRanks(Group group, int here) {
        this.group = group;
        this.here = here;
    }

    @Override
    public int size() {
        return group.size();
    }

    @Override
    public int here() {
        return here;
    }

    @Override
    public Group group() {
        return group;
    }

    @Override
    public void check() {
        if (!finished) {
            group.check();
        }
    }

    @Override
    public void finish() {
        if (!finished) {
            Message.send(group, "");
            finished = true;
        }
    }

    @Override
    public void close() {
        if (!finished) {
            group.leave("the run has ended before it was done; rank 0 says why");
        }
        group.close();
    }
}
