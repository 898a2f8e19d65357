package dev.inlay.experiment;

import dev.inlay.engine.Member;
import dev.inlay.engine.MemberGoneException;
import dev.inlay.engine.TeamWork;
import dev.inlay.parallel.ConnectedRanks;
import dev.inlay.parallel.GlooGroup;
import dev.inlay.parallel.Group;
import dev.inlay.parallel.MeetingPlace;
import dev.inlay.parallel.Ranks;
import dev.inlay.progress.Progress;
import dev.inlay.record.RunStatus;
import dev.inlay.train.run.Rank;
import dev.inlay.train.run.TuneRun;
import java.io.Serial;

/**
 * A run whose trainings the members of a team share: rank 0 is the run, the others help it train. They meet on a port that
 * rank 0 tells. Rank 0 tells the text of {@code metrics.json}.
 *
 * @param run the run
 */
record RankWork(RunPiece run) implements TeamWork<String> {
    @Serial
    private static final long serialVersionUID = 1L;

    @Override
    public String name() {
        return run.name();
    }

    @Override
    public String run(Member member) {
        if (member.rank() > 0) {
            try (MeetingPlace place = find(member);
                    Group group = join(place, member)) {
                Rank.serve(group);
            }
            return "";
        }
        try (MeetingPlace place = serve(member);
                Ranks ranks = new ConnectedRanks(join(place, member))) {
            TuneRun.Watching watching = new TuneRun.Watching(Progress.NONE, new RunStatus(), member.stop());
            ReportedRun.written(run.out(), TuneRun.run(run.runConfig(), run.out(), watching, ranks));
        }
        return run.text();
    }

    /** Serves the place, and tells the others where it is; that there is none, if it fails. */
    private static MeetingPlace serve(Member member) {
        String address = "";
        try {
            MeetingPlace place = MeetingPlace.serve(member.address());
            address = place.address();
            return place;
        } finally {
            member.say(address);
        }
    }

    private static MeetingPlace find(Member member) {
        String address = member.say("").get(0);
        if (address.isEmpty()) {
            throw new MemberGoneException(null);
        }
        return MeetingPlace.at(address);
    }

    private static Group join(MeetingPlace place, Member member) {
        return GlooGroup.join(place, member.address(), member.rank(), member.size(), MemberGoneException::new);
    }
}
