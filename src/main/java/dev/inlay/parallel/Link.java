package dev.inlay.parallel;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiConsumer;

/**
 * The two connections to another rank: one for data, and one for beats, which say that a process is there (and whether it
 * came forward since the last one), and for the last word of a process that ends.
 */
final class Link implements Closeable {
    private static final int ALIVE = 0;
    private static final int AT_WORK = 1;
    private static final int BYE = 2;
    private static final int FAILED = 3;

    private static final int MAX_CHARACTERS = 4000;

    private final RankName peer;
    private final SocketChannel data;
    private final SocketChannel beats;
    private final AtomicInteger silent = new AtomicInteger();
    private final AtomicLong idle = new AtomicLong();
    private volatile boolean left;

    Link(RankName peer, SocketChannel data, SocketChannel beats) {
        this.peer = peer;
        this.data = data;
        this.beats = beats;
    }

    RankName peer() {
        return peer;
    }

    SocketChannel data() {
        return data;
    }

    /** Whether it has said that it is done. */
    boolean hasLeft() {
        return left;
    }

    /** A tick without a sign of it, so far as is known yet. */
    void tick() {
        silent.incrementAndGet();
        idle.incrementAndGet();
    }

    int silentTicks() {
        return silent.get();
    }

    long idleTicks() {
        return idle.get();
    }

    /** It is waited for from now on. */
    void awaited() {
        idle.set(0);
    }

    void beat(boolean atWork) throws IOException {
        say(atWork ? AT_WORK : ALIVE);
    }

    void bye() throws IOException {
        say(BYE);
    }

    void failed(String why) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        out.write(FAILED);
        out.writeUTF(why.substring(0, Math.min(why.length(), MAX_CHARACTERS)));
        say(ByteBuffer.wrap(bytes.toByteArray()));
    }

    private void say(int word) throws IOException {
        say(ByteBuffer.wrap(new byte[] {(byte) word}));
    }

    private synchronized void say(ByteBuffer words) throws IOException {
        while (words.hasRemaining()) {
            beats.write(words);
        }
    }

    /**
     * Hears what it says, until it has said its last word.
     *
     * @param ended told how it ended, in words behind its name, unless it is done
     */
    void listen(BiConsumer<Link, String> ended) {
        try {
            DataInputStream in = new DataInputStream(beats.socket().getInputStream());
            for (int word = in.read(); word >= 0; word = in.read()) {
                silent.set(0);
                switch (word) {
                    case ALIVE -> {}
                    case AT_WORK -> idle.set(0);
                    case BYE -> {
                        left = true;
                        return;
                    }
                    case FAILED -> {
                        ended.accept(this, "ended: " + in.readUTF());
                        return;
                    }
                    default -> {
                        ended.accept(this, "sent what is no beat; do all ranks have the same version of Inlay?");
                        return;
                    }
                }
            }
            ended.accept(this, "ended without a word");
        } catch (IOException e) {
            ended.accept(this, "is gone: " + e.getMessage());
        }
    }

    @Override
    public void close() {
        Rendezvous.close(data);
        Rendezvous.close(beats);
    }
}
