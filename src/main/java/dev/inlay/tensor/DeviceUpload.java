package dev.inlay.tensor;

import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Stream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.cuda.CUDAEvent;
import org.bytedeco.pytorch.cuda.CUDAStream;
import org.bytedeco.pytorch.cuda.CUDAStreamGuard;
import org.bytedeco.pytorch.global.torch_cuda;

/**
 * Brings tensors from main memory to a device while the device computes: from pinned memory, on a stream beside. On the CPU the
 * tensors stay where they are.
 */
public final class DeviceUpload implements AutoCloseable {
    private final Device device;
    private final SideStream side;

    /** Opens one to a device. */
    public DeviceUpload(Device device) {
        this.device = device;
        this.side = device.isCuda() ? new SideStream(device) : null;
    }

    /**
     * Sends tensors; for one thread.
     *
     * @param tensors in main memory; may be freed at once
     */
    public Sent send(List<Tensor> tensors) {
        try (PointerScope scope = new PointerScope()) {
            if (side != null) {
                return side.send(tensors);
            }
            return new Sent(tensors.stream().map(device::put).map(Tensors::own).toList(), null, device);
        }
    }

    @Override
    public void close() {
        if (side != null) {
            side.close();
        }
    }

    /** Tensors that are on their way. For one thread, not necessarily that which sent them. */
    public static final class Sent implements AutoCloseable {
        private final List<Tensor> tensors;
        private final Arrival arrival;
        private final Device device;

        private Sent(List<Tensor> tensors, Arrival arrival, Device device) {
            this.tensors = tensors;
            this.arrival = arrival;
            this.device = device;
        }

        /**
         * The tensors; what this thread asks of the device from now on happens when they are there.
         *
         * @return for the caller's scope
         */
        public List<Tensor> received() {
            if (arrival != null) {
                arrival.await(device, tensors);
            }
            PointerScope scope = PointerScope.getInnerScope();
            tensors.forEach(tensor -> {
                scope.attach(tensor);
                Tensors.release(tensor);
            });
            return tensors;
        }

        /** Frees tensors that nobody received. */
        @Override
        public void close() {
            tensors.forEach(Tensors::release);
            if (arrival != null) {
                arrival.close();
            }
        }
    }

    /** When a stream has come so far. */
    private static final class Arrival {
        private final CUDAEvent event;

        Arrival(CUDAStream stream) {
            event = Tensors.own(new CUDAEvent());
            event.record(stream);
        }

        void await(Device device, List<Tensor> tensors) {
            try (CUDAStream current = torch_cuda.getCurrentCUDAStream((byte) device.index());
                    Stream plain = current.unwrap()) {
                event.block(current);
                tensors.forEach(tensor -> tensor.record_stream(plain)); // their memory is the other stream's
            }
            close();
        }

        void close() {
            Tensors.release(event);
        }
    }

    /** Apart, since these classes cannot be loaded without the natives for GPUs. */
    private static final class SideStream {
        private final Device device;
        private final CUDAStream stream;

        SideStream(Device device) {
            this.device = device;
            this.stream = Tensors.own(torch_cuda.getStreamFromPool(false, (byte) device.index()));
        }

        Sent send(List<Tensor> tensors) {
            CUDAStreamGuard guard = WorkStream.enter(stream);
            try {
                List<Tensor> sent = tensors.stream()
                        .map(tensor -> Tensors.own(device.put(tensor.pin_memory(), true)))
                        .toList();
                return new Sent(sent, new Arrival(stream), device);
            } finally {
                Tensors.release(guard);
            }
        }

        void close() {
            Tensors.release(stream);
        }
    }
}
