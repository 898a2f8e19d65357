package dev.inlay.backbone;

import dev.inlay.tensor.Tensors;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/** A hash of named tensors. */
public final class TensorFingerprint {
    private TensorFingerprint() {}

    /** SHA-256, in hexadecimal, over name, shape and bytes of each tensor in the order of the map. */
    public static String of(Map<String, Tensor> tensors) {
        MessageDigest digest = sha256();
        tensors.forEach((name, tensor) -> {
            digest.update((name + Tensors.shapeOf(tensor)).getBytes(StandardCharsets.UTF_8));
            try (PointerScope scope = new PointerScope()) {
                Tensor plain = tensor.cpu().contiguous();
                ByteBuffer bytes = new BytePointer(plain.data_ptr())
                        .capacity(plain.numel() * plain.element_size())
                        .asByteBuffer();
                digest.update(bytes);
            }
        });
        return HexFormat.of().formatHex(digest.digest());
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JVM has SHA-256", e);
        }
    }
}
