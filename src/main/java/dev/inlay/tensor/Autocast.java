package dev.inlay.tensor;

import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.DeviceType;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** LibTorch's autocast for one thread, for as long as it is open; others inside it change nothing. */
public final class Autocast implements AutoCloseable {
    private static final Autocast NONE = new Autocast();

    private final DeviceType type;
    private final boolean enabledBefore;
    private final ScalarType dtypeBefore;

    private Autocast() {
        this.type = null;
        this.enabledBefore = false;
        this.dtypeBefore = null;
    }

    /**
     * @param device of the tensors it acts on
     * @param dtype of the products
     */
    Autocast(Device device, ScalarType dtype) {
        type = device.isCuda() ? DeviceType.CUDA : DeviceType.CPU;
        enabledBefore = torch.is_autocast_enabled(type);
        dtypeBefore = torch.get_autocast_dtype(type);
        torch.set_autocast_dtype(type, dtype);
        torch.set_autocast_enabled(type, true);
        torch.increment_nesting();
    }

    /** One that does nothing. */
    static Autocast none() {
        return NONE;
    }

    @Override
    public void close() {
        if (type == null) {
            return;
        }
        if (torch.decrement_nesting() == 0) {
            torch.clear_cache(); // of weights in the other type, which the next step changes
        }
        torch.set_autocast_enabled(type, enabledBefore);
        torch.set_autocast_dtype(type, dtypeBefore);
    }
}
