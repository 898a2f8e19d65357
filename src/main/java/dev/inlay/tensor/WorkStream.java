package dev.inlay.tensor;

import org.bytedeco.pytorch.Stream;
import org.bytedeco.pytorch.cuda.CUDAEvent;
import org.bytedeco.pytorch.cuda.CUDAStream;
import org.bytedeco.pytorch.cuda.CUDAStreamGuard;
import org.bytedeco.pytorch.global.torch_cuda;

/**
 * While it is open, what this thread asks of a GPU is queued on a stream of its own, beside that of other threads. What was
 * asked before comes before it, and what is asked afterwards comes after it. On the CPU it does nothing.
 */
public final class WorkStream implements AutoCloseable {
    private static final WorkStream NONE = new WorkStream(null);

    private final Cuda cuda;

    private WorkStream(Cuda cuda) {
        this.cuda = cuda;
    }

    /** Opens one on a device. */
    public static WorkStream on(Device device) {
        return device.isCuda() ? new WorkStream(new Cuda(device)) : NONE;
    }

    /**
     * The stream that this thread's work is queued on, for kernels of our own.
     *
     * @param device a GPU
     * @return a {@code cudaStream_t}
     */
    public static long current(Device device) {
        return Cuda.handle(device);
    }

    @Override
    public void close() {
        if (cuda != null) {
            cuda.close();
        }
    }

    /** Queues on {@code later} what follows behind what is queued on {@code earlier}. */
    static void order(CUDAStream earlier, CUDAStream later) {
        try (CUDAEvent reached = new CUDAEvent()) {
            reached.record(earlier);
            reached.block(later);
        }
    }

    /** Makes {@code stream} the one of this thread until the guard is closed. */
    static CUDAStreamGuard enter(CUDAStream stream) {
        try (Stream plain = stream.unwrap()) {
            return Tensors.own(new CUDAStreamGuard(plain));
        }
    }

    /** Apart, since these classes cannot be loaded without the natives for GPUs. */
    private static final class Cuda {
        private final CUDAStream before;
        private final CUDAStream own;
        private final CUDAStreamGuard guard;

        Cuda(Device device) {
            before = Tensors.own(torch_cuda.getCurrentCUDAStream((byte) device.index()));
            own = Tensors.own(torch_cuda.getStreamFromPool(false, (byte) device.index()));
            order(before, own);
            guard = enter(own);
        }

        void close() {
            Tensors.release(guard);
            order(own, before);
            Tensors.release(own);
            Tensors.release(before);
        }

        static long handle(Device device) {
            try (CUDAStream stream = torch_cuda.getCurrentCUDAStream((byte) device.index())) {
                return CudaHandles.of(stream);
            }
        }
    }
}
