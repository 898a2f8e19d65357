package dev.inlay.kernels;

import dev.inlay.error.InlayException;
import dev.inlay.file.AtomicFile;
import dev.inlay.tensor.LibTorch;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import org.bytedeco.javacpp.Loader;

/**
 * The native library of this system: a resource of the jar, unpacked into JavaCPP's cache under a name that holds its
 * SHA-256, so that versions of Inlay stand side by side and equal ones share a file.
 */
final class KernelLibrary {
    /** {@code INLAY_KERNELS_VERSION} of {@code src/main/native/inlay_kernels.h}. */
    static final int VERSION = 5;

    private static final String FOLDER = "inlay";

    private KernelLibrary() {}

    /**
     * A library as a file.
     *
     * @param library its name, such as {@code inlay_kernels}
     * @return empty if the jar has none for this system
     * @throws InlayException if it cannot be unpacked
     */
    static Optional<Path> file(String library) {
        String name = System.mapLibraryName(library);
        try (InputStream resource = KernelLibrary.class.getResourceAsStream("native/" + platform() + "/" + name)) {
            if (resource == null) {
                return Optional.empty();
            }
            return Optional.of(unpacked(
                    resource.readAllBytes(), name, LibTorch.cacheFolder().resolve(FOLDER)));
        } catch (IOException e) {
            throw new InlayException("cannot unpack the native kernels: " + e.getMessage(), e);
        }
    }

    /** System and architecture as JavaCPP calls them, such as {@code linux-x86_64}. */
    static String platform() {
        return Loader.Detector.getPlatform();
    }

    /** Throws a {@link LinkageError} if a library's version is not the one these classes call. */
    static void requireVersion(int version, Path library) {
        if (version != VERSION) {
            throw new LinkageError(library + " is of version " + version + ", expected " + VERSION);
        }
    }

    /**
     * The bytes as a file below {@code folder}; written where there is none, or one that was damaged. Processes that do so
     * at the same time wait for each other.
     */
    static Path unpacked(byte[] bytes, String name, Path folder) throws IOException {
        Path file = folder.resolve(sha256(bytes)).resolve(name);
        Files.createDirectories(file.getParent());
        try (FileChannel channel =
                        FileChannel.open(folder.resolve(".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileLock lock = channel.lock()) {
            assert lock.isValid();
            if (!Files.exists(file) || !Arrays.equals(Files.readAllBytes(file), bytes)) {
                AtomicFile.write(file, out -> {
                    ByteBuffer buffer = ByteBuffer.wrap(bytes);
                    while (buffer.hasRemaining()) {
                        out.write(buffer);
                    }
                });
            }
        }
        return file;
    }

    private static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
