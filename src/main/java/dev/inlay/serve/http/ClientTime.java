package dev.inlay.serve.http;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.Scheduler;

/**
 * Closes connections whose clients take too long to send the head of a request, since they were opened or since their last answer,
 * or to take an answer, whether they are silent or move a byte now and then: the server's own time starts again with every byte.
 */
final class ClientTime extends Handler.Wrapper implements Connection.Listener {
    private static final int LOOKS = 4;

    private final Duration mostForHead;
    private final Duration mostForAnswer;
    private final LongConsumer neverWhole;
    private final Map<Connection, Head> heads = new ConcurrentHashMap<>();
    private final Map<Connection, Answering> answers = new ConcurrentHashMap<>();
    private Scheduler.Task next;

    /** A head that is waited for. */
    private record Head(long since, long bytesBefore) {}

    /** A request that is not answered to the end; used by the thread that looks alone. */
    private static final class Answering {
        private final Response response;
        private long since = -1;

        private Answering(Response response) {
            this.response = response;
        }

        /** Nanoseconds since the answer was first seen on its way. */
        private long taken(long now) {
            if (!response.isCommitted()) {
                return 0;
            }
            since = since < 0 ? now : since;
            return now - since;
        }
    }

    /**
     * @param mostForHead from the opening of a connection, or an answer, to the end of the next head
     * @param mostForAnswer from the first byte of an answer to its last
     * @param neverWhole is told of connections that end within a head, after how many nanoseconds
     */
    ClientTime(Duration mostForHead, Duration mostForAnswer, LongConsumer neverWhole, Handler handler) {
        super(handler);
        this.mostForHead = mostForHead;
        this.mostForAnswer = mostForAnswer;
        this.neverWhole = neverWhole;
    }

    @Override
    protected void doStart() throws Exception {
        for (Connector connector : getServer().getConnectors()) {
            connector.addBean(this, false);
        }
        super.doStart();
        look();
    }

    @Override
    protected void doStop() throws Exception {
        next.cancel();
        super.doStop();
    }

    @Override
    public void onOpened(Connection connection) {
        heads.put(connection, new Head(System.nanoTime(), connection.getBytesIn()));
    }

    @Override
    public void onClosed(Connection connection) {
        Head head = heads.remove(connection);
        if (head != null && connection.getBytesIn() > head.bytesBefore()) {
            neverWhole.accept(System.nanoTime() - head.since());
        }
    }

    /** The head of a request has come to its end, for better or worse. */
    void headCame(Request request) {
        heads.remove(request.getConnectionMetaData().getConnection());
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) throws Exception {
        Connection connection = request.getConnectionMetaData().getConnection();
        headCame(request);
        answers.put(connection, new Answering(response));
        Request.addCompletionListener(request, failure -> {
            answers.remove(connection);
            if (connection.getEndPoint().isOpen()) {
                onOpened(connection);
            }
        });
        return super.handle(request, response, callback);
    }

    private void look() {
        long now = System.nanoTime();
        heads.forEach((connection, head) -> {
            if (!connection.getEndPoint().isOpen()) {
                onClosed(connection);
            } else if (now - head.since() > mostForHead.toNanos()) {
                connection.getEndPoint().close();
            }
        });
        answers.forEach((connection, answering) -> {
            if (answering.taken(now) > mostForAnswer.toNanos()) {
                connection.getEndPoint().close();
            }
        });
        long least = Math.min(mostForHead.toMillis(), mostForAnswer.toMillis());
        next = getServer().getScheduler().schedule(this::look, Math.max(1, least / LOOKS), TimeUnit.MILLISECONDS);
    }
}
