package dev.inlay.parallel;

import dev.inlay.error.InlayException;
import dev.inlay.tensor.Tensors;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/** Text between ranks. */
public final class Message {
    private static final int MAX_BYTES = 1024;

    private Message() {}

    /**
     * Sends from rank 0; all others {@link #receive}.
     *
     * @throws InlayException if another rank is gone
     */
    public static void send(Group group, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        try (PointerScope scope = new PointerScope()) {
            group.broadcast(Tensors.of(new long[] {bytes.length}, 1));
            if (bytes.length > 0) {
                group.broadcast(Tensor.create(bytes, bytes.length));
            }
        }
    }

    /**
     * Tells all what each has to say; every rank calls this.
     *
     * @param text no more than 1024 bytes of UTF-8 are told
     * @return what each said, by rank
     * @throws InlayException if another rank is gone
     */
    public static List<String> gather(Group group, String text) {
        byte[] own = text.getBytes(StandardCharsets.UTF_8);
        byte[] all = new byte[group.size() * MAX_BYTES];
        System.arraycopy(own, 0, all, group.rank() * MAX_BYTES, Math.min(own.length, MAX_BYTES));
        try (PointerScope scope = new PointerScope()) {
            Tensor values = Tensor.create(all, all.length);
            group.sum(values);
            new BytePointer(values.data_ptr()).capacity(all.length).get(all);
        }
        List<String> said = new ArrayList<>();
        for (int rank = 0; rank < group.size(); rank++) {
            said.add(new String(all, rank * MAX_BYTES, MAX_BYTES, StandardCharsets.UTF_8).replace("\0", ""));
        }
        return said;
    }

    /**
     * Waits for what rank 0 sends.
     *
     * @throws InlayException if another rank is gone
     */
    public static String receive(Group group) {
        try (PointerScope scope = new PointerScope()) {
            Tensor length = Tensors.of(new long[1], 1);
            group.broadcast(length);
            byte[] bytes = new byte[Math.toIntExact(length.item_long())];
            if (bytes.length > 0) {
                Tensor values = Tensor.create(bytes, bytes.length);
                group.broadcast(values);
                new BytePointer(values.data_ptr()).capacity(bytes.length).get(bytes);
            }
            return new String(bytes, StandardCharsets.UTF_8);
        }
    }
}
