package dev.inlay.parallel;

import dev.inlay.error.InlayException;
import dev.inlay.tensor.Tensors;
import java.nio.charset.StandardCharsets;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/** Text that rank 0 hands to all others. */
public final class Message {
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
