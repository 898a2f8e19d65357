package dev.inlay.tensor;

import dev.inlay.error.InlayException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.cuda.CUDAStream;

/** What CUDA itself calls the streams of LibTorch; their type is in the presets of CUDA, which only the profile gpu brings. */
final class CudaHandles {
    private static final Method STREAM = method();

    private CudaHandles() {}

    private static Method method() {
        try {
            return CUDAStream.class.getMethod("stream");
        } catch (NoSuchMethodException e) {
            throw new IllegalStateException("the presets have changed", e);
        }
    }

    /** The {@code cudaStream_t}; 0 is CUDA's default stream. */
    static long of(CUDAStream stream) {
        try (Pointer handle = (Pointer) STREAM.invoke(stream)) {
            return handle == null ? 0 : handle.address();
        } catch (IllegalAccessException | InvocationTargetException e) {
            throw new InlayException("the presets of CUDA do not tell the stream: " + e, e);
        }
    }
}
