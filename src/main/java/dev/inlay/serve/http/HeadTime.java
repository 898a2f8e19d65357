package dev.inlay.serve.http;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.Scheduler;

/**
 * Closes connections on which no whole head of a request has come for a time, since they were opened or since their last answer,
 * whether they are silent or send a byte now and then: the server's own time starts again with every byte.
 */
final class HeadTime extends Handler.Wrapper implements Connection.Listener {
    private static final int LOOKS = 4;

    private final Duration most;
    private final Map<Connection, Long> waitingSince = new ConcurrentHashMap<>();
    private Scheduler.Task next;

    /**
     * @param most from the opening of a connection, or an answer, to the end of the next head
     */
    HeadTime(Duration most, Handler handler) {
        super(handler);
        this.most = most;
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
        waitingSince.put(connection, System.nanoTime());
    }

    @Override
    public void onClosed(Connection connection) {
        waitingSince.remove(connection);
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) throws Exception {
        Connection connection = request.getConnectionMetaData().getConnection();
        waitingSince.remove(connection);
        Request.addCompletionListener(request, failure -> {
            if (connection.getEndPoint().isOpen()) {
                onOpened(connection);
            }
        });
        return super.handle(request, response, callback);
    }

    private void look() {
        long now = System.nanoTime();
        waitingSince.forEach((connection, since) -> {
            if (!connection.getEndPoint().isOpen()) {
                onClosed(connection);
            } else if (now - since > most.toNanos() && waitingSince.remove(connection, since)) {
                connection.getEndPoint().close();
            }
        });
        next = getServer()
                .getScheduler()
                .schedule(this::look, Math.max(1, most.toMillis() / LOOKS), TimeUnit.MILLISECONDS);
    }
}
