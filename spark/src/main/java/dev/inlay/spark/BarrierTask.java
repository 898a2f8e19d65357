package dev.inlay.spark;

import dev.inlay.engine.GroupWork;
import dev.inlay.engine.LocalEngine;
import dev.inlay.engine.MemberGoneException;
import dev.inlay.error.Host;
import java.io.Serial;
import java.io.Serializable;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.apache.spark.BarrierTaskContext;
import org.slf4j.LoggerFactory;
import scala.collection.Iterator;
import scala.runtime.AbstractFunction1;

/** Does the part of a member in a task of a barrier stage. Its failure is a result, as that of a piece is. */
final class BarrierTask<R extends Serializable> extends AbstractFunction1<Iterator<GroupWork<R>>, Ended<R>>
        implements Serializable {
    @Serial
    private static final long serialVersionUID = 1L;

    /** Held by every member in this process. */
    private static final ReentrantReadWriteLock AT_WORK = new ReentrantReadWriteLock();

    @Override
    public Ended<R> apply(Iterator<GroupWork<R>> work) {
        AT_WORK.readLock().lock();
        try {
            return end(work.next());
        } finally {
            AT_WORK.readLock().unlock();
        }
    }

    private Ended<R> end(GroupWork<R> work) {
        BarrierMember member = new BarrierMember(BarrierTaskContext.get());
        String who = "rank " + member.rank() + " on " + Host.name() + ": ";
        try {
            return Ended.with(work.run(member));
        } catch (MemberGoneException e) {
            return Ended.missing(who + e.getMessage());
        } catch (RuntimeException | OutOfMemoryError e) {
            LoggerFactory.getLogger(BarrierTask.class).error("rank {} of {} failed", member.rank(), work.name(), e);
            return Ended.failed(who + LocalEngine.reason(e));
        }
    }

    /** Waits for the members in this process. */
    @SuppressWarnings("LockNotBeforeTry") // nothing is done under the lock
    static void awaitMembers() {
        AT_WORK.writeLock().lock();
        AT_WORK.writeLock().unlock();
    }
}
