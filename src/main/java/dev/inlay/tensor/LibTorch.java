package dev.inlay.tensor;

import dev.inlay.error.InlayException;
import dev.inlay.error.Libraries;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.global.torch;

/**
 * Loads LibTorch once, with the BLAS that was measured fastest (MKL where its natives are on the class path, OpenBLAS on
 * one thread elsewhere), extracting natives under a file lock because JVMs race on JavaCPP's shared cache.
 *
 * <p>{@link #load()} must run before any class of {@code org.bytedeco.pytorch} is touched; the classes of Inlay that hold
 * tensors call it in a static initialiser.
 */
public final class LibTorch {
    private static final ThreadLocal<Integer> HERE = new ThreadLocal<>();

    /** The systems that the presets of this LibTorch have natives for, by JavaCPP's names; {@code pom.xml} has a profile for each. */
    public static final List<String> PLATFORMS =
            List.of("linux-x86_64", "macosx-arm64", "macosx-x86_64", "windows-x86_64");

    private static final String BLAS_PROPERTY = "org.bytedeco.openblas.load";
    private static final String PHYSICAL_BYTES_PROPERTY = "org.bytedeco.javacpp.maxPhysicalBytes";

    private LibTorch() {}

    /**
     * Loads LibTorch if it is not yet loaded; cheap afterwards.
     *
     * @throws InlayException if the natives of this platform are missing or cannot be loaded
     */
    public static void load() {
        Libraries.require();
        Holder.ensure();
    }

    /**
     * Loads natives of another of JavaCPP's presets, and LibTorch before them: the first to come decides on the BLAS.
     *
     * @param natives a class of the preset
     * @param name what a person calls it
     * @throws InlayException if this platform has none
     */
    public static void loadBeside(Class<?> natives, String name) {
        load();
        load(natives, name);
    }

    private static void load(Class<?> natives) {
        load(natives, "LibTorch (" + natives.getSimpleName() + ")");
    }

    private static synchronized void load(Class<?> natives, String name) {
        try (FileChannel channel = FileChannel.open(lockFile(), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileLock lock = channel.lock()) {
            assert lock.isValid();
            Loader.load(natives);
        } catch (IOException e) {
            throw new InlayException("cannot lock the cache folder of the natives: " + e.getMessage(), e);
        } catch (UnsatisfiedLinkError | NoClassDefFoundError e) {
            throw new InlayException(
                    name + " cannot be loaded for " + platform() + ": " + e.getMessage() + "; " + remedy(platform()),
                    e);
        }
    }

    static String remedy(String platform) {
        if (!PLATFORMS.contains(platform)) {
            return "its presets have natives for " + String.join(", ", PLATFORMS) + " alone, see docs/platforms.md";
        }
        return hasGpuNatives()
                ? "the natives for GPUs need CUDA 13.1, cuDNN 9.19 and NCCL on the system's library path, see docs/gpu.md"
                : "add org.bytedeco:javacpp, openblas, opencv and pytorch with the classifier " + platform;
    }

    /** The system this process runs on, by JavaCPP's name. */
    public static String platform() {
        return Loader.Detector.getPlatform();
    }

    private static Path lockFile() throws IOException {
        Path folder = cacheFolder();
        Files.createDirectories(folder);
        return folder.resolve(".inlay.lock");
    }

    /**
     * The number of threads of one LibTorch operation of the calling thread, which computes with as many from now on. A thread
     * that is new takes the number that LibTorch noted last, which another may have set for itself alone.
     */
    public static int threads() {
        load();
        Integer own = HERE.get();
        if (own != null) {
            return own;
        }
        int common = Holder.ofProcess;
        if (torch.get_num_threads() != common) {
            torch.set_num_threads(common);
        }
        return common;
    }

    /** The number of threads that LibTorch chose when it was loaded, one for each physical core. */
    public static int physicalCores() {
        load();
        return Holder.cores;
    }

    /**
     * Sets the number of threads of one LibTorch operation for the whole process.
     *
     * @param threads at least 1; 0 keeps LibTorch's choice, the physical cores
     */
    public static void threads(int threads) {
        load();
        if (threads > 0) {
            HERE.remove();
            Holder.ofProcess = threads;
            torch.set_num_threads(threads);
        }
    }

    /**
     * Sets the number of threads of one LibTorch operation of the calling thread alone; other threads keep theirs.
     *
     * @param threads at least 1
     */
    public static synchronized void threadsHere(int threads) {
        load();
        int ofOthers = Holder.ofProcess;
        HERE.set(threads);
        torch.get_num_threads(); // asked for the first time, a thread takes the number noted last
        torch.set_num_threads(threads);
        // LibTorch notes the last number for threads that compute for the first time later, too
        Thread restorer = new Thread(() -> torch.set_num_threads(ofOthers), "inlay-threads");
        restorer.start();
        boolean interrupted = false;
        while (restorer.isAlive()) {
            try {
                restorer.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** What was loaded: version, BLAS, threads, CPU capability, devices, cache folder, for people and for provenance. */
    public static Map<String, String> describe() {
        load();
        Map<String, String> facts = new LinkedHashMap<>();
        facts.put("libtorch", version());
        facts.put("blas", Holder.blas);
        facts.put("products", ProductLibrary.of(Precision.FLOAT32).toString());
        facts.put("threads", Integer.toString(threads()));
        facts.put("cpuCapability", cpuCapability());
        facts.put("bf16", Precision.BF16.isNative(Device.CPU) ? "native" : "emulated");
        facts.put("devices", devices());
        facts.put("cache", cacheFolder().toString());
        return facts;
    }

    private static String devices() {
        String found = Device.available().stream().map(Device::toString).collect(Collectors.joining(", "));
        return torch.hasCUDA() ? found : found + " (this build has no natives for GPUs; Maven profile gpu)";
    }

    /** The bytes of physical memory this process holds now, as JavaCPP measures them. */
    public static long residentBytes() {
        return Pointer.physicalBytes();
    }

    /**
     * Where natives are unpacked.
     *
     * @throws InlayException if there is no folder that can be written
     */
    public static Path cacheFolder() {
        try {
            return Loader.getCacheDir().toPath();
        } catch (IOException e) {
            throw new InlayException("JavaCPP has no cache folder it can write: " + e.getMessage(), e);
        }
    }

    private static boolean hasGpuNatives() {
        return LibTorch.class.getResource("/org/bytedeco/pytorch/" + Loader.Detector.getPlatform() + "-gpu/"
                        + System.mapLibraryName("torch_cuda"))
                != null;
    }

    private static String version() {
        try {
            return Loader.getVersion("org.bytedeco", "pytorch");
        } catch (IOException e) {
            return "unknown";
        }
    }

    private static String cpuCapability() {
        try (BytePointer capability = torch.get_cpu_capability()) {
            return capability.getString();
        }
    }

    private static final class Holder {
        static final String blas = load();
        static final int cores = torch.get_num_threads();

        /** Threads of an operation, but for threads that have a number of their own. */
        static volatile int ofProcess = cores;

        static void ensure() {}

        private static String load() {
            boolean mkl = hasMkl();
            String blasBefore = System.getProperty(BLAS_PROPERTY);
            String bytesBefore = System.getProperty(PHYSICAL_BYTES_PROPERTY);
            if (mkl && blasBefore == null) {
                System.setProperty(BLAS_PROPERTY, "mkl");
            }
            if (bytesBefore == null) {
                // JavaCPP reads it once; its default check is four times the Java heap and knows nothing of LibTorch
                System.setProperty(PHYSICAL_BYTES_PROPERTY, "0");
            }
            try {
                LibTorch.load(torch.class);
            } finally {
                restore(BLAS_PROPERTY, blasBefore);
                restore(PHYSICAL_BYTES_PROPERTY, bytesBefore);
            }
            String chosen = blasBefore != null ? blasBefore : mkl ? "mkl" : "openblas";
            if (!chosen.contains("mkl")) {
                // OpenBLAS' own threads fight those of LibTorch
                org.bytedeco.openblas.global.openblas_nolapack.blas_set_num_threads(1);
            }
            return chosen;
        }

        private static boolean hasMkl() {
            String library =
                    "/org/bytedeco/mkl/" + Loader.Detector.getPlatform() + "/" + System.mapLibraryName("mkl_rt");
            return resource(library) || resource(library + ".2");
        }

        private static boolean resource(String name) {
            return LibTorch.class.getResource(name) != null;
        }

        private static void restore(String property, String before) {
            if (before == null) {
                System.clearProperty(property);
            } else {
                System.setProperty(property, before);
            }
        }
    }
}
