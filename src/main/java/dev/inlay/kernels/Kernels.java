package dev.inlay.kernels;

import dev.inlay.error.ConfigException;
import dev.inlay.error.InlayException;
import dev.inlay.error.Spelling;
import dev.inlay.tensor.LibTorch;
import dev.inlay.tensor.Precision;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.bytedeco.pytorch.Tensor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which kernels are used: the native library's, or LibTorch's in their place. The system property {@code inlay.kernels}
 * says {@code auto} (the default: the native one where it is there and faster), {@code native} (it alone; its absence is
 * a failure) or {@code libtorch}.
 */
public final class Kernels {
    /** The system property that chooses. */
    public static final String PROPERTY = "inlay.kernels";

    private static final Logger LOG = LoggerFactory.getLogger(Kernels.class);

    private Kernels() {}

    /** The values of the property. */
    enum Choice {
        AUTO,
        NATIVE,
        LIBTORCH;

        static Choice current() {
            String value = System.getProperty(PROPERTY, "auto");
            return Arrays.stream(values())
                    .filter(choice -> choice.toString().equals(value))
                    .findFirst()
                    .orElseThrow(() -> new ConfigException("system property " + PROPERTY + ": "
                            + Spelling.expected(
                                    value,
                                    Arrays.stream(values())
                                            .map(Choice::toString)
                                            .toList())));
        }

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * The kernels in use, for people and for provenance: equal words mean equal last bits.
     *
     * @return such as {@code sampledProduct native (avx512), gelu and layerNorm native (avx512), attention native (float32, bf16)}
     *     or {@code sampledProduct by LibTorch, gelu and layerNorm by LibTorch, attention by LibTorch}
     * @throws ConfigException if the system property has an unknown value
     * @throws InlayException if it asks for the native library and that cannot be loaded
     */
    public static String describe() {
        Optional<NativeKernels> kernels = onCpu(Choice.current());
        Optional<InstructionSet> set = kernels.map(some -> InstructionSet.of(some.kernelsLevel()));
        Optional<String> attention = kernels.map(NativeAttention::precisions)
                .filter(some -> !some.isEmpty())
                .map(some -> some.stream().map(Precision::toString).collect(Collectors.joining(", ")));
        return "sampledProduct " + by(set.map(InstructionSet::toString)) + ", gelu and layerNorm "
                + by(set.filter(some -> some == InstructionSet.AVX512).map(InstructionSet::toString)) + ", attention "
                + by(attention);
    }

    private static String by(Optional<String> what) {
        return what.map(some -> "native (" + some + ")").orElse("by LibTorch");
    }

    /**
     * How the native library is called, or why it is not.
     *
     * @throws ConfigException if the system property has an unknown value
     * @throws InlayException if it asks for the native library and that cannot be loaded
     */
    public static String detail() {
        Choice choice = Choice.current();
        onCpu(choice);
        return choice == Choice.LIBTORCH ? PROPERTY + "=" + choice : Library.LOADED.detail();
    }

    /**
     * The kernels in main memory as the choice has it; empty where LibTorch computes.
     *
     * @throws InlayException if the choice is the native library and that cannot be loaded
     */
    static Optional<NativeKernels> onCpu(Choice choice) {
        if (choice == Choice.LIBTORCH) {
            return Optional.empty();
        }
        if (choice == Choice.NATIVE && Library.LOADED.kernels().isEmpty()) {
            throw new InlayException("system property " + PROPERTY + " is " + choice + ", but "
                    + Library.LOADED.detail() + "; use auto");
        }
        return Library.LOADED.kernels();
    }

    /** The kernels in main memory as the choice has it, where this processor runs those for AVX-512 alone. */
    static Optional<NativeKernels> avx512(Choice choice) {
        return onCpu(choice).filter(kernels -> kernels.kernelsLevel() == InstructionSet.AVX512.code());
    }

    /** The code of a precision in {@code src/main/native/inlay_kernels.h}. */
    static int code(Precision precision) {
        return precision == Precision.FLOAT32 ? 1 : 2;
    }

    /** The code of the precision that a tensor is in, which has to be one. */
    static int code(Tensor tensor) {
        return code(Precision.found(tensor).orElseThrow());
    }

    /**
     * Refuses what a native function returns if it computed nothing.
     *
     * @param work what it should have computed
     * @throws InlayException if the code is not 0
     */
    static void check(int code, Supplier<String> work) {
        if (code != 0) {
            throw new InlayException("the native kernel failed with code " + code + " at " + work.get() + "; -D"
                    + PROPERTY + "=libtorch avoids it");
        }
    }

    /** The kernels on GPUs as the choice has it; empty where LibTorch computes. */
    static Optional<CudaKernels> onGpu(Choice choice) {
        return choice == Choice.LIBTORCH ? Optional.empty() : CudaLibrary.LOADED;
    }

    /** What loading the CUDA kernels came to, once. */
    private static final class CudaLibrary {
        static final Optional<CudaKernels> LOADED = load();

        private static Optional<CudaKernels> load() {
            try {
                return KernelLibrary.file(CudaKernels.LIBRARY).map(CudaKernels::new);
            } catch (InlayException | LinkageError | IllegalCallerException e) {
                LOG.info("the CUDA kernels cannot be loaded: {}; LibTorch computes in their place", e.getMessage());
                return Optional.empty();
            }
        }
    }

    /**
     * What loading came to, once.
     *
     * @param kernels empty if there are none
     * @param detail how they are called, or why there are none
     */
    private record Library(Optional<NativeKernels> kernels, String detail) {
        private static final String NAME = "inlay_kernels";

        static final Library LOADED = load();

        private static Library load() {
            LibTorch.load();
            try {
                Optional<Path> file = KernelLibrary.file(NAME);
                if (file.isEmpty()) {
                    return without("this build has no native kernels for " + KernelLibrary.platform());
                }
                return open(file.get());
            } catch (InlayException | LinkageError | IllegalCallerException e) {
                return without("the native kernels cannot be loaded: " + e.getMessage());
            }
        }

        private static Library without(String absence) {
            LOG.info("{}; LibTorch computes in their place", absence);
            return new Library(Optional.empty(), absence);
        }

        private static Library open(Path file) {
            if (ForeignKernels.isPossible()) {
                try {
                    return new Library(Optional.of(ForeignKernels.open(file)), "called through FFM");
                } catch (ReflectiveOperationException e) {
                    LOG.info("the native kernels are called through JNI, as the foreign function API fails: {}", e, e);
                }
            }
            return new Library(Optional.of(new JniKernels(file)), "called through JNI");
        }
    }
}
