package dev.inlay.parallel;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.inlay.error.ConfigException;
import dev.inlay.error.InlayException;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.StandardSocketOptions;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.Channel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where ranks find each other: a port of the machine of rank 0, the only one that any of them listens on. Closed once all
 * have come.
 */
public final class Rendezvous implements AutoCloseable {
    /** For ranks on one machine. */
    public static final String LOOPBACK = "127.0.0.1";

    private static final Logger LOG = LoggerFactory.getLogger(Rendezvous.class);

    private static final String GREETING = "Inlay ranks 1";
    private static final int ANSWER_MILLIS = 10_000;

    /** Whoever comes and says nothing keeps the others waiting no longer. */
    private static final int HELLO_MILLIS = 5000;

    private static final int POLL_MILLIS = 500;

    /** What a rank is told that has come. */
    private static final int WAIT = 0;

    private static final int ALL_HERE = 1;

    private final String host;
    private final String secret;
    private final ServerSocketChannel server;

    private Rendezvous(String host, String secret, ServerSocketChannel server) {
        this.host = host;
        this.secret = secret;
        this.server = server;
    }

    /** What one of the two connections of a rank is for. */
    private enum Use {
        DATA,
        BEATS
    }

    /**
     * What a connection begins with.
     *
     * @param size how many ranks it was told of
     */
    private record Hello(String secret, String version, int size, RankName member, Use use) {
        void write(SocketChannel channel) throws IOException {
            DataOutputStream out = new DataOutputStream(channel.socket().getOutputStream());
            out.writeUTF(GREETING);
            out.writeUTF(secret);
            out.writeUTF(version);
            out.writeInt(size);
            out.writeInt(member.rank());
            out.writeUTF(member.host());
            out.writeLong(member.process());
            out.writeBoolean(use == Use.BEATS);
        }

        static Hello read(DataInputStream in) throws IOException {
            if (!in.readUTF().equals(GREETING)) {
                throw new IOException("no rank of Inlay");
            }
            String secret = in.readUTF();
            String version = in.readUTF();
            int size = in.readInt();
            RankName member = new RankName(in.readInt(), in.readUTF(), in.readLong());
            return new Hello(secret, version, size, member, in.readBoolean() ? Use.BEATS : Use.DATA);
        }
    }

    /**
     * Opens one, in the process of rank 0.
     *
     * @param host the name or address of this machine by which the others reach it
     * @param port to listen on; 0 takes a free one
     * @param secret what the others have to know; may be empty
     * @throws ConfigException if the port cannot be had
     */
    public static Rendezvous open(String host, int port, String secret) {
        ServerSocketChannel server = null;
        try {
            server = ServerSocketChannel.open();
            server.setOption(StandardSocketOptions.SO_REUSEADDR, true);
            server.bind(new InetSocketAddress(own(host), port));
            return new Rendezvous(host, secret, server);
        } catch (IOException e) {
            close(server);
            throw new ConfigException("ranks cannot meet at " + host + ":" + port + ": "
                    + (e instanceof BindException ? "the port is in use, or is not for this user" : reason(e)));
        }
    }

    /** The address to listen on: all of this machine's where the name does not lead to one that others reach. */
    private static InetAddress own(String host) throws IOException {
        InetAddress named = InetAddress.getByName(host);
        boolean meansLoopback = host.equals(LOOPBACK) || host.equals("localhost") || host.equals("::1");
        boolean isOwn = NetworkInterface.getByInetAddress(named) != null;
        return meansLoopback || isOwn && !named.isLoopbackAddress() ? named : new InetSocketAddress(0).getAddress();
    }

    /** {@code host:port}. */
    public String address() {
        return host + ":" + server.socket().getLocalPort();
    }

    /**
     * Waits until all have come.
     *
     * @param size how many ranks there are, this one among them
     * @param version of Inlay; the others need the same
     * @param watch asked all the time; may throw to end the wait
     * @param explain what is thrown once a rank is missing later
     * @return the connection to them
     * @throws InlayException naming the ranks that did not come in time
     */
    public Group await(
            int size, String version, PeerTimeouts timeouts, Runnable watch, Function<String, InlayException> explain) {
        Map<Integer, SocketChannel> data = new TreeMap<>();
        Map<Integer, Link> links = new TreeMap<>();
        String refused = "";
        long until = System.nanoTime() + timeouts.idleness().toNanos();
        try {
            while (links.size() < size - 1) {
                watch.run();
                if (System.nanoTime() > until) {
                    throw new InlayException(missing(size, links) + " did not come to " + address() + " within "
                            + timeouts.idleness().toSeconds() + " s" + refused);
                }
                SocketChannel channel = accept();
                if (channel != null) {
                    String problem = admit(channel, size, version, data, links);
                    refused = problem.isEmpty() ? refused : "; refused: " + problem;
                }
                for (Link link : links.values()) {
                    tell(link, WAIT);
                }
            }
            for (Link link : links.values()) {
                tell(link, ALL_HERE);
            }
        } catch (IOException e) {
            end(data, links);
            throw new InlayException("ranks cannot meet at " + address() + ": " + reason(e), e);
        } catch (RuntimeException e) {
            end(data, links);
            throw e;
        }
        return SocketGroup.of(RankName.here(0), size, List.copyOf(links.values()), timeouts, explain);
    }

    private static void tell(Link link, int word) {
        try {
            link.data().write(ByteBuffer.wrap(new byte[] {(byte) word}));
        } catch (IOException e) {
            throw new InlayException(link.peer() + " is gone before all ranks had come: " + reason(e), e);
        }
    }

    private static void end(Map<Integer, SocketChannel> data, Map<Integer, Link> links) {
        data.values().forEach(Rendezvous::close);
        links.values().forEach(Link::close);
    }

    private static String missing(int size, Map<Integer, Link> links) {
        List<String> missing = new ArrayList<>();
        for (int rank = 1; rank < size; rank++) {
            if (!links.containsKey(rank)) {
                missing.add(Integer.toString(rank));
            }
        }
        return (missing.size() == 1 ? "rank " : "ranks ") + String.join(", ", missing);
    }

    private SocketChannel accept() throws IOException {
        ServerSocket socket = server.socket();
        socket.setSoTimeout(POLL_MILLIS);
        try {
            Socket accepted = socket.accept();
            return accepted.getChannel();
        } catch (SocketTimeoutException e) {
            return null;
        }
    }

    /** Takes a connection in, or says why not. */
    private String admit(
            SocketChannel channel,
            int size,
            String version,
            Map<Integer, SocketChannel> data,
            Map<Integer, Link> links) {
        try {
            channel.socket().setSoTimeout(HELLO_MILLIS);
            Hello hello = Hello.read(new DataInputStream(channel.socket().getInputStream()));
            String problem = problem(hello, size, version, data, links);
            DataOutputStream out = new DataOutputStream(channel.socket().getOutputStream());
            out.writeUTF(problem);
            RankName here = RankName.here(0);
            out.writeUTF(here.host());
            out.writeLong(here.process());
            if (!problem.isEmpty()) {
                LOG.warn("{} is refused: {}", hello.member(), problem);
                close(channel);
                return hello.member() + ": " + problem;
            }
            channel.socket().setSoTimeout(0);
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            int rank = hello.member().rank();
            if (hello.use() == Use.DATA) {
                close(data.put(rank, channel));
            } else {
                links.put(rank, new Link(hello.member(), data.get(rank), channel));
                LOG.info("{} has come", hello.member());
            }
        } catch (IOException e) {
            LOG.warn("somebody who came to {} is no rank: {}", address(), reason(e));
            close(channel);
        }
        return "";
    }

    private String problem(
            Hello hello, int size, String version, Map<Integer, SocketChannel> data, Map<Integer, Link> links) {
        int rank = hello.member().rank();
        if (!MessageDigest.isEqual(hello.secret().getBytes(UTF_8), secret.getBytes(UTF_8))) {
            return "it does not know the secret of rank 0";
        }
        if (!hello.version().equals(version)) {
            return "it has Inlay " + hello.version() + ", rank 0 has " + version + "; use one version";
        }
        if (hello.size() != size) {
            return "it was told of " + hello.size() + " ranks, rank 0 of " + size + "; give --nproc alike";
        }
        if (rank < 1 || rank >= size) {
            return "expected a rank from 1 to " + (size - 1) + ", found " + rank;
        }
        if (links.containsKey(rank)) {
            return links.get(rank).peer() + " is there already; every process has a --rank of its own";
        }
        return hello.use() == Use.BEATS && !data.containsKey(rank) ? "its connection for data is missing" : "";
    }

    /**
     * Goes to the one that rank 0 has opened, or opens in time, and waits until all have come.
     *
     * @param address what its {@link #address} is
     * @param secret as it was opened with
     * @param rank of this process, in [1, size)
     * @param size how many ranks there are
     * @param version of Inlay
     * @param explain what is thrown once a rank is missing later
     * @return the connection to the others
     * @throws InlayException if rank 0 cannot be reached in time, refuses this rank, or misses another one
     */
    public static Group join(
            String address,
            String secret,
            int rank,
            int size,
            String version,
            PeerTimeouts timeouts,
            Function<String, InlayException> explain) {
        RankName here = RankName.here(rank);
        Link link = reach(address, secret, here, size, version, timeouts);
        try {
            awaitOthers(link.data(), timeouts);
            return SocketGroup.of(here, size, List.of(link), timeouts, explain);
        } catch (IOException e) {
            link.close();
            throw new InlayException(
                    here + " has lost rank 0 at " + address + " before all ranks had come: " + reason(e), e);
        }
    }

    /** Rank 0 says all the time that it waits for others. */
    private static void awaitOthers(SocketChannel data, PeerTimeouts timeouts) throws IOException {
        data.socket().setSoTimeout(Math.toIntExact(timeouts.silence().toMillis()));
        InputStream in = data.socket().getInputStream();
        int word;
        do {
            word = in.read();
            if (word < 0) {
                throw new IOException("it ended");
            }
        } while (word != ALL_HERE);
        data.socket().setSoTimeout(0);
    }

    /** Tries again as long as there is patience: rank 0 may come later, or be busy. */
    private static Link reach(
            String address, String secret, RankName here, int size, String version, PeerTimeouts timeouts) {
        long until = System.nanoTime() + timeouts.idleness().toNanos();
        while (true) {
            String problem;
            try {
                return connect(address, secret, here, size, version);
            } catch (IOException e) {
                problem = reason(e);
            }
            if (System.nanoTime() > until) {
                throw new InlayException(here + " could not reach rank 0 at " + address + " within "
                        + timeouts.idleness().toSeconds() + " s: " + problem);
            }
            try {
                TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new InlayException("interrupted while waiting for rank 0 at " + address, e);
            }
        }
    }

    private static Link connect(String address, String secret, RankName here, int size, String version)
            throws IOException {
        SocketChannel data = null;
        SocketChannel beats = null;
        try {
            data = connect(address);
            RankName first = greet(data, new Hello(secret, version, size, here, Use.DATA));
            beats = connect(address);
            greet(beats, new Hello(secret, version, size, here, Use.BEATS));
            return new Link(first, data, beats);
        } catch (IOException | RuntimeException e) {
            close(data);
            close(beats);
            throw e;
        }
    }

    private static SocketChannel connect(String address) throws IOException {
        InetSocketAddress place = place(address);
        if (place.isUnresolved()) {
            throw new UnknownHostException(place.getHostString());
        }
        SocketChannel channel = SocketChannel.open();
        try {
            channel.socket().connect(place, ANSWER_MILLIS);
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            return channel;
        } catch (IOException e) {
            close(channel);
            throw e;
        }
    }

    /** Says who this is, and hears who rank 0 is. */
    private static RankName greet(SocketChannel channel, Hello hello) throws IOException {
        hello.write(channel);
        channel.socket().setSoTimeout(ANSWER_MILLIS);
        DataInputStream in = new DataInputStream(channel.socket().getInputStream());
        String problem = in.readUTF();
        RankName first = new RankName(0, in.readUTF(), in.readLong());
        channel.socket().setSoTimeout(0);
        if (!problem.isEmpty()) {
            throw new ConfigException(first + " refuses " + hello.member() + ": " + problem);
        }
        return first;
    }

    /**
     * Takes {@code HOST:PORT} apart.
     *
     * @throws ConfigException if it is none
     */
    public static InetSocketAddress place(String address) {
        int colon = address.lastIndexOf(':');
        try {
            int port = Integer.parseInt(address.substring(colon + 1));
            if (colon > 0) {
                return new InetSocketAddress(host(address), port);
            }
        } catch (IllegalArgumentException e) {
            LOG.debug("no port", e);
        }
        throw new ConfigException("expected HOST:PORT with a port up to 65535, found " + address);
    }

    private static String host(String address) {
        return address.substring(0, address.lastIndexOf(':')).replaceAll("^\\[|]$", "");
    }

    private static String reason(IOException e) {
        if (e instanceof UnknownHostException) {
            return "nobody knows the host " + e.getMessage();
        }
        return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    }

    /** Closes what is not needed any more. */
    static void close(Channel channel) {
        try {
            if (channel != null) {
                channel.close();
            }
        } catch (IOException e) {
            LOG.debug("cannot close {}", channel, e);
        }
    }

    @Override
    public void close() {
        close(server);
    }
}
