package dev.inlay.train.run;

import dev.inlay.config.RunConfig;
import dev.inlay.error.ConfigException;
import dev.inlay.kernels.Kernels;
import dev.inlay.tensor.Device;
import dev.inlay.tensor.LibTorch;
import dev.inlay.tensor.Precision;
import java.util.Map;

/** What a run computes on. */
final class Machine {
    private Machine() {}

    /**
     * Sets this process up: where nothing is said of threads, the ranks here share the cores.
     *
     * @param ranks that train together
     * @param here how many of them are on this machine
     * @throws ConfigException if the config asks for what its device cannot do
     */
    static void prepare(RunConfig config, int ranks, int here) {
        Device device = config.device().resolved();
        if (ranks > 1 && !device.isCpu()) {
            throw new ConfigException("device: " + device + " is used by one process; use --nproc 1, or device: cpu");
        }
        config.precision().on(device);
        config.train().precision().on(device);
        LibTorch.threads(config.threads());
        if (config.threads() == 0 && here > 1) {
            LibTorch.threads(Math.max(1, LibTorch.physicalCores() / here));
        }
    }

    /** What decides the last bits of a number, in words. */
    static String describe(RunConfig config, int ranks) {
        Device device = config.device().resolved();
        Map<String, String> facts = LibTorch.describe();
        Precision used = config.precision().on(device);
        Precision training = config.train().precision().on(device);
        return "LibTorch " + facts.get("libtorch") + ", " + facts.get("blas") + ", products by "
                + facts.get("products") + ", " + (ranks > 1 ? ranks + " ranks of " : "") + LibTorch.threads()
                + " threads, "
                + facts.get("cpuCapability") + ", " + Kernels.describe()
                + (used == Precision.FLOAT32 ? "" : ", " + used)
                + (training == used ? "" : ", training in " + training) + (device.isCpu() ? "" : ", " + device);
    }
}
