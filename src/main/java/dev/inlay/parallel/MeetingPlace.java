package dev.inlay.parallel;

import dev.inlay.error.InlayException;
import dev.inlay.tensor.LibTorch;
import dev.inlay.tensor.Tensors;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Store;
import org.bytedeco.pytorch.TCPStore;
import org.bytedeco.pytorch.TCPStoreOptions;

/** Where ranks of several machines find each other: a port of the machine of rank 0, served by its process. */
public final class MeetingPlace implements AutoCloseable {
    private static final int PORTS = 0xffff;

    private final String host;
    private final TCPStore store;

    private MeetingPlace(String host, TCPStore store) {
        this.host = host;
        this.store = store;
    }

    /**
     * Serves one, in the process of rank 0.
     *
     * @param host the name or address of this machine by which the others reach it
     */
    public static MeetingPlace serve(String host) {
        return connect(host, 0, true);
    }

    /**
     * Goes to the one that rank 0 serves.
     *
     * @param address what its {@link #address} is
     * @throws InlayException if it cannot be reached
     */
    public static MeetingPlace at(String address) {
        int colon = address.lastIndexOf(':');
        return connect(address.substring(0, colon), Integer.parseInt(address.substring(colon + 1)), false);
    }

    private static MeetingPlace connect(String host, int port, boolean serves) {
        LibTorch.loadGloo();
        try (PointerScope scope = new PointerScope()) {
            TCPStoreOptions options = new TCPStoreOptions()
                    .port((short) port)
                    .isServer(serves)
                    .waitWorkers(false)
                    .useLibUV(false);
            return new MeetingPlace(host, Tensors.own(new TCPStore(host, options)));
        } catch (RuntimeException e) {
            throw new InlayException(
                    "ranks cannot meet at " + host + ":" + port + ": "
                            + e.getMessage().lines().findFirst().orElse(""),
                    e);
        }
    }

    /** {@code host:port}. */
    public String address() {
        return host + ":" + (store.getPort() & PORTS);
    }

    Store store() {
        return store;
    }

    @Override
    public void close() {
        Tensors.release(store);
    }
}
