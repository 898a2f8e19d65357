package dev.inlay.kernels;

import java.lang.invoke.MethodHandle;
import java.lang.reflect.Array;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The native library through the foreign function API of JDK 22 and later. The API is reached by reflection, once, since
 * the sources are of Java 17; calls go through method handles and cost what calls compiled against it cost. Addresses are
 * passed as numbers, which the calling conventions of 64-bit systems treat as they treat pointers.
 */
final class ForeignKernel implements NativeFace {
    private static final int FIRST_JDK = 22;

    private final MethodHandle product;
    private final MethodHandle sparse;
    private final int bestLevel;

    /**
     * @param library for this system
     * @throws LinkageError if it cannot be loaded, lacks a function, or is of another version
     * @throws ReflectiveOperationException if this JDK has no such API, or does not allow it to be used
     */
    ForeignKernel(Path library) throws ReflectiveOperationException {
        Functions functions = new Functions(library);
        KernelLibrary.requireVersion(number(functions.handle("inlay_kernels_version")), library);
        bestLevel = number(functions.handle("inlay_kernels_level"));
        Object word = functions.layout("JAVA_LONG");
        Object number = functions.layout("JAVA_INT");
        product = functions.handle(
                "inlay_sampled_product",
                word,
                word,
                word,
                word,
                word,
                word,
                word,
                word,
                word,
                word,
                word,
                number,
                number,
                number);
        sparse = functions.handle("inlay_add_sparse", word, word, word, word, word, word, word, number);
    }

    /** Whether this JDK has the API. */
    static boolean isPossible() {
        return Runtime.version().feature() >= FIRST_JDK;
    }

    @Override
    public String face() {
        return "FFM";
    }

    @Override
    public int bestLevel() {
        return bestLevel;
    }

    @Override
    public int sampledProduct(
            long g,
            long gWidth,
            long gStride,
            long x,
            long xWidth,
            long xStride,
            long tokens,
            long rows,
            long columns,
            long count,
            long out,
            int accumulate,
            int threads,
            int level) {
        try {
            return (int) product.invokeExact(
                    g,
                    gWidth,
                    gStride,
                    x,
                    xWidth,
                    xStride,
                    tokens,
                    rows,
                    columns,
                    count,
                    out,
                    accumulate,
                    threads,
                    level);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    @Override
    public int addSparse(
            long images,
            long imageCount,
            long tokens,
            long xWidth,
            long xStride,
            long yWidth,
            long yStride,
            int threads) {
        try {
            return (int) sparse.invokeExact(images, imageCount, tokens, xWidth, xStride, yWidth, yStride, threads);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    private static int number(MethodHandle function) {
        try {
            return (int) function.invokeExact();
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    /** A C function throws nothing. */
    private static AssertionError impossible(Throwable e) {
        return new AssertionError("a native kernel threw", e);
    }

    /** What is needed of {@code java.lang.foreign}, by its names. */
    private static final class Functions {
        private final Class<?> layoutType = type("MemoryLayout");
        private final Class<?> descriptorType = type("FunctionDescriptor");
        private final Class<?> linkerType = type("Linker");
        private final Class<?> lookupType = type("SymbolLookup");
        private final Object linker = linkerType.getMethod("nativeLinker").invoke(null);
        private final Path library;
        private final Object lookup;

        Functions(Path library) throws ReflectiveOperationException {
            Class<?> arenaType = type("Arena");
            Object forever = arenaType.getMethod("global").invoke(null);
            this.library = library;
            this.lookup =
                    lookupType.getMethod("libraryLookup", Path.class, arenaType).invoke(null, library, forever);
        }

        /** A function that returns an int32. */
        MethodHandle handle(String name, Object... arguments) throws ReflectiveOperationException {
            Optional<?> symbol =
                    (Optional<?>) lookupType.getMethod("find", String.class).invoke(lookup, name);
            Object address = symbol.orElseThrow(() -> new UnsatisfiedLinkError(library + " has no function " + name));
            Object layouts = Array.newInstance(layoutType, arguments.length);
            for (int i = 0; i < arguments.length; i++) {
                Array.set(layouts, i, arguments[i]);
            }
            Object descriptor = descriptorType
                    .getMethod("of", layoutType, layouts.getClass())
                    .invoke(null, layout("JAVA_INT"), layouts);
            Object options = Array.newInstance(type("Linker$Option"), 0);
            return (MethodHandle) linkerType
                    .getMethod("downcallHandle", type("MemorySegment"), descriptorType, options.getClass())
                    .invoke(linker, address, descriptor, options);
        }

        Object layout(String name) throws ReflectiveOperationException {
            return type("ValueLayout").getField(name).get(null);
        }

        private static Class<?> type(String name) throws ClassNotFoundException {
            return Class.forName("java.lang.foreign." + name);
        }
    }
}
