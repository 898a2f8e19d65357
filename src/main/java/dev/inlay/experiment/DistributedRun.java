package dev.inlay.experiment;

import dev.inlay.engine.GroupWork;
import dev.inlay.engine.MemberGoneException;
import dev.inlay.engine.Participant;
import dev.inlay.engine.SharedFolder;
import dev.inlay.parallel.LostRankException;
import dev.inlay.parallel.PeerTimeouts;
import dev.inlay.parallel.Ranks;
import dev.inlay.parallel.Rendezvous;
import dev.inlay.progress.Progress;
import dev.inlay.record.RunStatus;
import dev.inlay.train.RunObserver;
import dev.inlay.train.run.Rank;
import dev.inlay.train.run.SharedWork;
import java.io.Serial;
import java.time.Duration;

/**
 * A run whose trainings the members of a team share: rank 0 is the run, the others help it train. They meet on a port that
 * rank 0 tells. Rank 0 tells the text of {@code metrics.json}.
 *
 * @param run the run
 * @param token of its folder, which rank 0 has to see
 * @param secret of their meeting
 * @param port where rank 0 listens; 0 takes a free one
 * @param idleness how long they wait for one another
 */
record DistributedRun(RunItem run, SharedFolder.Token token, String secret, int port, Duration idleness)
        implements GroupWork<String> {
    @Serial
    private static final long serialVersionUID = 1L;

    @Override
    public String name() {
        return run.name();
    }

    @Override
    public String run(Participant member) {
        try {
            if (member.rank() > 0) {
                Rank.help(find(member), secret, member.rank(), member.size(), PeerTimeouts.idle(idleness));
                return "";
            }
            return lead(member);
        } catch (LostRankException e) {
            throw new MemberGoneException(e.getMessage(), e);
        }
    }

    private String lead(Participant member) {
        Runnable watch = () -> {
            if (member.stop().getAsBoolean()) {
                throw new MemberGoneException("stopped", null);
            }
        };
        try (Rendezvous rendezvous = open(member);
                Ranks ranks = Rank.await(rendezvous, member.size(), PeerTimeouts.idle(idleness), watch);
                SharedWork shared = new SharedWork()) {
            RunObserver watching = RunObserver.of(Progress.NONE, new RunStatus(), member.stop());
            ReportedRun.run(run.runConfig(), run.out(), watching, shared, ranks);
        }
        token.require();
        return run.text();
    }

    /** Opens the meeting, and tells the others where it is; that there is none, if it fails. */
    private Rendezvous open(Participant member) {
        String address = "";
        try {
            token.require();
            Rendezvous rendezvous = Rendezvous.open(member.address(), port, secret);
            address = rendezvous.address();
            return rendezvous;
        } finally {
            member.say(address);
        }
    }

    private static String find(Participant member) {
        String address = member.say("").get(0);
        if (address.isEmpty()) {
            throw new MemberGoneException("rank 0 could not begin", null);
        }
        return address;
    }
}
