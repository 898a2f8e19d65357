package dev.inlay.kernels;

import java.lang.invoke.MethodHandle;
import java.lang.reflect.Array;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The native library through the foreign function API of JDK 22 and later, for any number of class loaders. The API is reached by
 * reflection, since the sources are of Java 17. Addresses are passed as numbers, which the calling conventions of 64-bit systems
 * treat as they treat pointers.
 */
final class ForeignKernels {
    private static final int FIRST_JDK = 22;

    private ForeignKernels() {}

    /** Whether this JDK has the API. */
    static boolean isPossible() {
        return Runtime.version().feature() >= FIRST_JDK;
    }

    /**
     * Loads a library.
     *
     * @param library for this system
     * @throws LinkageError if it cannot be loaded, lacks a function, or is of another version
     * @throws ReflectiveOperationException if this JDK has no such API, or does not allow it to be used
     */
    static NativeKernels open(Path library) throws ReflectiveOperationException {
        Functions functions = new Functions(library);
        Map<Method, MethodHandle> handles = new HashMap<>();
        for (Method method : NativeKernels.class.getDeclaredMethods()) {
            MethodHandle handle = functions.handle(nameInC(method), method.getParameterTypes());
            handles.put(method, handle.asSpreader(Object[].class, method.getParameterCount()));
        }
        NativeKernels kernels = (NativeKernels) Proxy.newProxyInstance(
                NativeKernels.class.getClassLoader(),
                new Class<?>[] {NativeKernels.class},
                (proxy, method, arguments) -> handles.get(method).invoke(arguments));
        KernelLibrary.requireVersion(kernels.kernelsVersion(), library);
        return kernels;
    }

    private static String nameInC(Method method) {
        return "inlay_" + method.getName().replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT);
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
        MethodHandle handle(String name, Class<?>... arguments) throws ReflectiveOperationException {
            Optional<?> symbol =
                    (Optional<?>) lookupType.getMethod("find", String.class).invoke(lookup, name);
            Object address = symbol.orElseThrow(() -> new UnsatisfiedLinkError(library + " has no function " + name));
            Object layouts = Array.newInstance(layoutType, arguments.length);
            for (int i = 0; i < arguments.length; i++) {
                Array.set(layouts, i, layout(arguments[i]));
            }
            Object descriptor = descriptorType
                    .getMethod("of", layoutType, layouts.getClass())
                    .invoke(null, layout(int.class), layouts);
            Object options = Array.newInstance(type("Linker$Option"), 0);
            return (MethodHandle) linkerType
                    .getMethod("downcallHandle", type("MemorySegment"), descriptorType, options.getClass())
                    .invoke(linker, address, descriptor, options);
        }

        private static Object layout(Class<?> word) throws ReflectiveOperationException {
            return type("ValueLayout")
                    .getField("JAVA_" + word.getName().toUpperCase(Locale.ROOT))
                    .get(null);
        }

        private static Class<?> type(String name) throws ClassNotFoundException {
            return Class.forName("java.lang.foreign." + name);
        }
    }
}
