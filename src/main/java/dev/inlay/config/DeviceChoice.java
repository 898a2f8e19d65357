package dev.inlay.config;

import dev.inlay.error.ConfigException;
import dev.inlay.tensor.Device;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where a config wants the arithmetic to happen.
 *
 * @param device empty for {@code auto}: the first GPU that LibTorch sees, the CPU where it sees none
 */
public record DeviceChoice(Optional<Device> device) {
    /** Whatever is fastest. */
    public static final DeviceChoice AUTO = new DeviceChoice(Optional.empty());

    private static final String KEY = "device";
    private static final String AUTO_WORD = "auto";
    private static final Pattern CUDA = Pattern.compile("cuda(?::([0-9]|[1-9][0-9]))?");

    /** Reads the key {@code device}. */
    public static DeviceChoice read(Section section) {
        String word = section.text(KEY, AUTO_WORD);
        Matcher cuda = CUDA.matcher(word);
        if (cuda.matches()) {
            String index = cuda.group(1);
            return new DeviceChoice(Optional.of(Device.cuda(index == null ? 0 : Integer.parseInt(index))));
        }
        if (word.equals(Device.CPU.toString())) {
            return new DeviceChoice(Optional.of(Device.CPU));
        }
        if (!word.equals(AUTO_WORD)) {
            section.problem(KEY, "expected auto, cpu, cuda or cuda:N, found " + word);
        }
        return AUTO;
    }

    /**
     * The device; loads LibTorch.
     *
     * @throws ConfigException if it is not there, saying what is missing
     */
    public Device resolved() {
        return device.map(Device::required).orElseGet(Device::fastest);
    }
}
