package dev.inlay.parallel;

import dev.inlay.error.InlayException;
import dev.inlay.tensor.LibTorch;
import dev.inlay.tensor.Tensors;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Function;
import java.util.function.Supplier;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.javacpp.chrono.Milliseconds;
import org.bytedeco.pytorch.FileStore;
import org.bytedeco.pytorch.GlooDeviceVector;
import org.bytedeco.pytorch.ProcessGroupGloo;
import org.bytedeco.pytorch.Store;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.Work;
import org.bytedeco.pytorch.gloo.Device;

/**
 * LibTorch's c10d over Gloo. Processes find each other through a file or a {@link MeetingPlace}; each listens on a free port of one address. A sum is
 * made once and handed on, so it is the same number on all ranks, and the order of its terms depends on their number alone.
 */
public final class GlooGroup implements Group {
    /** For ranks on one machine. */
    public static final String LOOPBACK = "127.0.0.1";

    private static final Duration CONNECT = Duration.ofSeconds(20);

    /** Ranks wait for rank 0 while it works alone; one that is gone breaks the connection at once. */
    private static final Duration WAIT = Duration.ofDays(365);

    private final int rank;
    private final int size;
    private final Function<RuntimeException, InlayException> explain;
    private final Store store;
    private final ProcessGroupGloo group;

    private GlooGroup(
            int rank,
            int size,
            Function<RuntimeException, InlayException> explain,
            Store store,
            ProcessGroupGloo group) {
        this.rank = rank;
        this.size = size;
        this.explain = explain;
        this.store = store;
        this.group = group;
    }

    /**
     * Joins a group; returns when all ranks have.
     *
     * @param file through which the ranks find each other: one path for all of them, nothing there before the first joins
     * @param address of this machine on which to listen, such as {@link #LOOPBACK}
     * @param rank of this process, in [0, size)
     * @param size how many processes join
     * @param explain what is thrown when the connection fails
     */
    public static GlooGroup join(
            Path file, String address, int rank, int size, Function<RuntimeException, InlayException> explain) {
        LibTorch.loadGloo();
        return join(() -> new FileStore(file.toString(), size), address, rank, size, explain);
    }

    /**
     * Joins a group; returns when all ranks have.
     *
     * @param place where the ranks find each other; stays open as long as the group does
     * @param address of this machine on which to listen
     * @param rank of this process, in [0, size)
     * @param size how many processes join
     * @param explain what is thrown when the connection fails
     */
    public static GlooGroup join(
            MeetingPlace place,
            String address,
            int rank,
            int size,
            Function<RuntimeException, InlayException> explain) {
        return join(place::store, address, rank, size, explain);
    }

    private static GlooGroup join(
            Supplier<Store> meeting,
            String address,
            int rank,
            int size,
            Function<RuntimeException, InlayException> explain) {
        try (PointerScope scope = new PointerScope()) {
            Store store = meeting.get();
            ProcessGroupGloo.Options options = ProcessGroupGloo.Options.create(milliseconds(CONNECT));
            options.devices(new GlooDeviceVector(new Device[] {ProcessGroupGloo.createDeviceForHostname(address)}));
            ProcessGroupGloo group = new ProcessGroupGloo(store, rank, size, options);
            group.setTimeout(milliseconds(WAIT));
            return new GlooGroup(rank, size, explain, Tensors.own(store), Tensors.own(group));
        } catch (RuntimeException e) {
            throw explain.apply(e);
        }
    }

    private static Milliseconds milliseconds(Duration duration) {
        return new Milliseconds(duration.toMillis());
    }

    @Override
    public int rank() {
        return rank;
    }

    @Override
    public int size() {
        return size;
    }

    @Override
    public void sum(Tensor values) {
        await(() -> group.allreduce(new TensorVector(values)));
    }

    @Override
    public void broadcast(Tensor values) {
        await(() -> group.broadcast(new TensorVector(values)));
    }

    private void await(Supplier<Work> work) {
        try (PointerScope scope = new PointerScope()) {
            work.get()._wait();
        } catch (RuntimeException e) {
            throw explain.apply(e);
        }
    }

    @Override
    public void close() {
        Tensors.release(group);
        Tensors.release(store);
    }
}
