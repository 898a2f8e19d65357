package dev.inlay.checkpoint;

import dev.inlay.checkpoint.pth.PthFile;
import dev.inlay.checkpoint.pth.TensorView;
import dev.inlay.checkpoint.safetensors.Dtype;
import dev.inlay.checkpoint.safetensors.SafeTensorsFile;
import dev.inlay.checkpoint.safetensors.TensorEntry;
import dev.inlay.checkpoint.safetensors.TensorInfo;
import dev.inlay.tensor.LibTorch;
import dev.inlay.tensor.Tensors;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.MemoryFormatOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Tensors of LibTorch from files of weights, and to safetensors files. */
public final class StoredTensors {
    private static final long WINDOW_BYTES = 1 << 24;

    static {
        LibTorch.load();
    }

    private StoredTensors() {}

    /**
     * Every tensor of a file: floating ones as float32, integer ones as int64.
     *
     * @return by name in the order of the file; owned by the caller
     */
    public static Map<String, Tensor> readAll(SafeTensorsFile file) {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        for (String name : file.names()) {
            tensors.put(name, read(file, name));
        }
        return tensors;
    }

    /** One tensor of a file of {@code torch.save}: float32 if it is floating, int64 otherwise; owned by the caller. */
    static Tensor read(PthFile file, TensorView view) {
        try (PointerScope scope = new PointerScope()) {
            return Tensors.own(
                    view.isFloating()
                            ? Tensors.of(file.floats(view), view.sizes())
                            : Tensors.of(file.longs(view), view.sizes()));
        }
    }

    /**
     * One tensor: float32 if it is floating, int64 otherwise. The bytes go from the file to where LibTorch keeps them, and
     * nowhere else; what is not float32 is widened from there.
     *
     * @return owned by the caller
     */
    public static Tensor read(SafeTensorsFile file, String name) {
        TensorInfo info = file.info(name);
        try (PointerScope scope = new PointerScope()) {
            if (!info.dtype().isFloating()) {
                return Tensors.own(Tensors.of(file.longs(name), info.sizes()));
            }
            Tensor stored =
                    torch.empty(info.sizes(), new TensorOptions(scalarType(info.dtype())), new MemoryFormatOptional());
            Pointer memory = stored.data_ptr();
            for (long at = 0; at < info.byteLength(); at += WINDOW_BYTES) {
                long length = Math.min(WINDOW_BYTES, info.byteLength() - at);
                file.read(
                        name,
                        at,
                        new BytePointer(memory).getPointer(at).capacity(length).asByteBuffer());
            }
            return Tensors.own(info.dtype() == Dtype.F32 ? stored : stored.to(ScalarType.Float));
        }
    }

    private static ScalarType scalarType(Dtype floating) {
        return switch (floating) {
            case F32 -> ScalarType.Float;
            case F16 -> ScalarType.Half;
            case BF16 -> ScalarType.BFloat16;
            case F64 -> ScalarType.Double;
            case F8_E4M3 -> ScalarType.Float8_e4m3fn;
            case F8_E5M2 -> ScalarType.Float8_e5m2;
            default -> throw new IllegalArgumentException(floating + " is not floating-point");
        };
    }

    /**
     * What to write for a float32 or int64 tensor; its bytes are read when the file is written.
     *
     * @param tensor borrowed until then
     */
    public static TensorEntry entry(String name, Tensor tensor) {
        Dtype dtype = tensor.scalar_type().intern() == ScalarType.Long ? Dtype.I64 : Dtype.F32;
        return TensorEntry.bytes(TensorInfo.of(name, dtype, Tensors.shape(tensor)), () -> bytes(tensor));
    }

    private static ByteBuffer bytes(Tensor tensor) {
        try (PointerScope scope = new PointerScope()) {
            Tensor plain = tensor.detach().cpu().contiguous();
            ByteBuffer copy = ByteBuffer.allocate(Math.toIntExact(plain.numel() * plain.element_size()));
            if (copy.capacity() > 0) {
                new BytePointer(plain.data_ptr()).capacity(copy.capacity()).get(copy.array());
            }
            return copy;
        }
    }
}
