package dev.inlay.parallel;

import dev.inlay.error.InlayException;
import dev.inlay.tensor.LibTorch;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ranks connected by TCP, each with rank 0 alone. A sum is made by rank 0, in the order of the ranks, and handed on, so it is
 * the same number on all of them and depends on nothing but what they gave.
 *
 * <p>Ranks hear from one another all the time, not only while they exchange something. One that ends tells its reason; one
 * that is not heard, or is waited for and does not come forward, is given up as {@link PeerTimeouts} has it. Then every rank
 * ends whatever it waits for, with the name of the one that is missing.
 */
public final class SocketGroup implements Group {
    private static final Logger LOG = LoggerFactory.getLogger(SocketGroup.class);

    /** Numbers of a tensor are sent in portions that a buffer can address. */
    private static final long PORTION = 1L << 30;

    private final RankName here;
    private final int size;
    private final List<Link> links;
    private final PeerTimeouts timeouts;
    private final Function<String, InlayException> explain;
    private final AtomicReference<String> failure = new AtomicReference<>();
    private final AtomicBoolean atWork = new AtomicBoolean();
    private final AtomicBoolean closed = new AtomicBoolean();
    private volatile Link awaited;

    private SocketGroup(
            RankName here,
            int size,
            List<Link> links,
            PeerTimeouts timeouts,
            Function<String, InlayException> explain) {
        this.here = here;
        this.size = size;
        this.links = links;
        this.timeouts = timeouts;
        this.explain = explain;
    }

    /**
     * @param links to all others on rank 0, to rank 0 on the others; closed with this
     * @param explain makes what is thrown of the words that say who is missing
     */
    static SocketGroup of(
            RankName here,
            int size,
            List<Link> links,
            PeerTimeouts timeouts,
            Function<String, InlayException> explain) {
        LibTorch.load();
        SocketGroup group = new SocketGroup(here, size, links, timeouts, explain);
        for (Link link : links) {
            daemon(
                    () -> link.listen(group::ended),
                    "inlay-hears-rank-" + link.peer().rank());
        }
        daemon(group::pulse, "inlay-pulse");
        return group;
    }

    private static void daemon(Runnable body, String name) {
        Thread thread = new Thread(body, name);
        thread.setDaemon(true);
        thread.start();
    }

    private void pulse() {
        try {
            for (long tick = 0; !closed.get() && failure.get() == null; tick++) {
                if (tick % PeerTimeouts.BEAT_TICKS == 0) {
                    beat();
                }
                TimeUnit.NANOSECONDS.sleep(timeouts.tick().toNanos());
                links.stream().filter(link -> !link.hasLeft()).forEach(this::look);
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException("nobody knows this thread", e);
        } catch (RuntimeException | Error e) {
            fail(here + " cannot look after the others: " + e);
            throw e;
        }
    }

    private void beat() {
        // who waits for rank 0 is not to give it up because it waits for another one
        boolean work = atWork.getAndSet(false) || here.rank() == 0 && awaited != null;
        for (Link link : links) {
            if (!link.hasLeft()) {
                try {
                    link.beat(work);
                } catch (IOException e) {
                    LOG.debug("{} cannot be told that this rank is there", link.peer(), e); // it will be missed
                }
            }
        }
    }

    private void look(Link link) {
        link.tick();
        if (link.silentTicks() >= timeouts.silentTicks()) {
            fail(link.peer() + " has not been heard for " + timeouts.silence().toSeconds() + " s");
        } else if (link == awaited && link.idleTicks() >= timeouts.idleTicks()) {
            fail(link.peer() + " has been waited for and has not come forward for "
                    + timeouts.idleness().toSeconds() + " s");
        }
    }

    private void ended(Link link, String how) {
        if (!closed.get()) {
            fail(link.peer() + " " + how);
        }
    }

    /** Ends all that this rank waits for, and tells the others why. */
    private void fail(String who) {
        if (failure.compareAndSet(null, who)) {
            LOG.debug("{}: {}", here, who);
            for (Link link : links) {
                try {
                    link.failed(who);
                } catch (IOException e) {
                    LOG.debug("{} cannot be told: {}", link.peer(), e.toString());
                }
            }
            links.forEach(Link::close);
        }
    }

    @Override
    public int rank() {
        return here.rank();
    }

    @Override
    public int size() {
        return size;
    }

    @Override
    public void check() {
        atWork.set(true);
        String who = failure.get();
        if (who != null) {
            throw explain.apply(who);
        }
    }

    @Override
    public void sum(Tensor values) {
        if (here.rank() > 0) {
            send(links.get(0), values);
            receive(links.get(0), values);
            return;
        }
        try (PointerScope scope = new PointerScope()) {
            Tensor other = torch.empty_like(values);
            for (Link link : links) {
                receive(link, other);
                values.add_(other);
            }
        }
        links.forEach(link -> send(link, values));
    }

    @Override
    public void broadcast(Tensor values) {
        if (here.rank() > 0) {
            receive(links.get(0), values);
        } else {
            links.forEach(link -> send(link, values));
        }
    }

    private interface Transfer {
        void run(SocketChannel channel, ByteBuffer part) throws IOException;
    }

    private void send(Link link, Tensor values) {
        exchange(link, values, (channel, part) -> {
            while (part.hasRemaining()) {
                channel.write(part);
            }
        });
    }

    private void receive(Link link, Tensor values) {
        exchange(link, values, (channel, part) -> {
            while (part.hasRemaining()) {
                if (channel.read(part) < 0) {
                    throw new IOException("the connection is closed");
                }
            }
        });
    }

    private void exchange(Link link, Tensor values, Transfer transfer) {
        check();
        link.awaited();
        awaited = link;
        try (PointerScope scope = new PointerScope()) {
            long bytes = values.numel() * values.element_size();
            ByteBuffer length = ByteBuffer.allocate(Long.BYTES).putLong(0, bytes);
            transfer.run(link.data(), length);
            if (length.getLong(0) != bytes) {
                throw new IOException("it sent " + length.getLong(0) + " bytes where " + bytes + " were expected");
            }
            BytePointer memory = new BytePointer(values.data_ptr());
            for (long from = 0; from < bytes; from += PORTION) {
                long end = Math.min(bytes, from + PORTION);
                transfer.run(link.data(), memory.position(from).limit(end).asByteBuffer());
            }
        } catch (IOException e) {
            throw explain.apply(reason(link, e));
        } finally {
            awaited = null;
        }
        check();
    }

    /** A connection that breaks may be noticed here before the other rank's last word is heard. */
    private String reason(Link link, IOException e) {
        for (int tick = 0; failure.get() == null && tick < PeerTimeouts.BEAT_TICKS; tick++) {
            try {
                TimeUnit.NANOSECONDS.sleep(timeouts.tick().toNanos());
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
                break;
            }
        }
        fail(link.peer() + " is gone: " + e.getMessage());
        return failure.get();
    }

    @Override
    public void leave(String why) {
        fail(why);
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            for (Link link : links) {
                try {
                    link.bye();
                } catch (IOException e) {
                    LOG.debug("{} is gone before this rank", link.peer());
                }
                link.close();
            }
        }
    }
}
