package dev.inlay.tensor;

import dev.inlay.error.ConfigException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.bytedeco.pytorch.DeviceOptional;
import org.bytedeco.pytorch.MemoryFormatOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Where tensors live and arithmetic happens. Tensors that meet others are made by the device of those others, which for
 * everything around a backbone is the backbone's.
 *
 * @param type as LibTorch calls it, such as {@code cpu} or {@code cuda}
 * @param index which of that type, at least 0
 */
public record Device(String type, int index) {
    /** The CPU and main memory. */
    public static final Device CPU = new Device("cpu", 0);

    private static final String CUDA = "cuda";

    /**
     * A GPU.
     *
     * @param index as the driver counts them, at least 0
     */
    public static Device cuda(int index) {
        return new Device(CUDA, index);
    }

    /** What this process can compute on: the CPU, then every GPU that this build of LibTorch and the driver offer. */
    public static List<Device> available() {
        LibTorch.load();
        List<Device> devices = new ArrayList<>(List.of(CPU));
        int gpus = torch.cuda_is_available() ? torch.cuda_device_count() : 0;
        for (int i = 0; i < gpus; i++) {
            devices.add(cuda(i));
        }
        return devices;
    }

    /** The first GPU, or the CPU where there is none. */
    public static Device fastest() {
        List<Device> devices = available();
        return devices.get(Math.min(1, devices.size() - 1));
    }

    /** Where a tensor lives. */
    public static Device of(Tensor tensor) {
        if (tensor.is_cpu()) {
            return CPU;
        }
        try (org.bytedeco.pytorch.Device device = tensor.device()) {
            String name = device.str().getString();
            return new Device(name.replaceAll(":.*", ""), Math.max(0, device.index()));
        }
    }

    /**
     * This device, if the process can compute on it.
     *
     * @throws ConfigException saying what is missing otherwise
     */
    public Device required() {
        List<Device> devices = available();
        if (devices.contains(this)) {
            return this;
        }
        if (devices.size() > 1) {
            throw new ConfigException("device: " + this + " is not there; this process sees "
                    + devices.stream().map(Device::toString).collect(Collectors.joining(", ")));
        }
        throw new ConfigException(
                torch.hasCUDA()
                        ? "device: " + this
                                + " was asked for, but LibTorch finds no GPU: check with nvidia-smi that the"
                                + " driver is there, of version 580 or newer for CUDA 13, and that CUDA_VISIBLE_DEVICES"
                                + " hides none; or use device: cpu"
                        : "device: " + this
                                + " was asked for, but this build of Inlay carries LibTorch for the CPU"
                                + " alone: build it with the Maven profile gpu (mvn -Pgpu package, see docs/gpu.md), or"
                                + " use device: cpu");
    }

    /** Whether it is a GPU. */
    public boolean isCuda() {
        return type.equals(CUDA);
    }

    /** Whether it is the CPU. */
    public boolean isCpu() {
        return equals(CPU);
    }

    /** A tensor on this device: the same one if it is there, a copy otherwise. */
    public Tensor put(Tensor tensor) {
        return put(tensor, false);
    }

    /**
     * As {@link #put(Tensor)}.
     *
     * @param queued whether a copy from pinned memory may still go on when this returns
     */
    Tensor put(Tensor tensor, boolean queued) {
        if (of(tensor).equals(this)) {
            return tensor;
        }
        try (org.bytedeco.pytorch.Device device = libTorch();
                MemoryFormatOptional format = new MemoryFormatOptional()) {
            return tensor.to(device, tensor.scalar_type(), queued, false, format);
        }
    }

    /** A float32 tensor with a copy of {@code values}, row-major. */
    public Tensor of(float[] values, long... shape) {
        return moved(Tensors.of(values, shape));
    }

    /** A float64 tensor with a copy of {@code values}, row-major. */
    public Tensor of(double[] values, long... shape) {
        return moved(Tensors.of(values, shape));
    }

    /** An int64 tensor with a copy of {@code values}, row-major. */
    public Tensor of(long[] values, long... shape) {
        return moved(Tensors.of(values, shape));
    }

    /** A uint8 tensor with a copy of {@code values}, row-major. */
    public Tensor of(byte[] values, long... shape) {
        return moved(Tensors.of(values, shape));
    }

    /** An int64 vector with the values of {@code values}. */
    public Tensor indices(int[] values) {
        return moved(Tensors.indices(values));
    }

    /** A float32 tensor of zeros. */
    public Tensor zeros(long... shape) {
        try (TensorOptions here = options(ScalarType.Float)) {
            return torch.zeros(shape, here);
        }
    }

    /** A float32 tensor of ones. */
    public Tensor ones(long... shape) {
        try (TensorOptions here = options(ScalarType.Float)) {
            return torch.ones(shape, here);
        }
    }

    /** A float32 tensor of whatever was there. */
    public Tensor empty(long... shape) {
        try (TensorOptions here = options(ScalarType.Float);
                MemoryFormatOptional format = new MemoryFormatOptional()) {
            return torch.empty(shape, here, format);
        }
    }

    private TensorOptions options(ScalarType dtype) {
        try (TensorOptions plain = new TensorOptions(dtype);
                org.bytedeco.pytorch.Device device = libTorch();
                DeviceOptional optional = new DeviceOptional(device)) {
            return plain.device(optional);
        }
    }

    /** A fresh tensor of main memory, here; what was in main memory is freed. */
    private Tensor moved(Tensor fresh) {
        if (isCpu()) {
            return fresh;
        }
        try (fresh) {
            return put(fresh);
        }
    }

    /** As LibTorch has it; owned by the caller. */
    org.bytedeco.pytorch.Device libTorch() {
        return new org.bytedeco.pytorch.Device(toString());
    }

    /** Such as {@code cpu} or {@code cuda:0}. */
    @Override
    public String toString() {
        return isCuda() ? type + ":" + index : type;
    }
}
