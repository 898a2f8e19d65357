package dev.inlay.kernels;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;

/** The ways to call the native library; a test of one that this build or this JDK does not have is skipped. */
enum Faces {
    JNI,
    FFM;

    NativeKernels open() throws ReflectiveOperationException {
        Path library = KernelLibrary.file("inlay_kernels").orElse(null);
        assumeTrue(library != null, "this build has no native kernels");
        assumeTrue(this == JNI || ForeignKernels.isPossible(), "this JDK has no foreign function API");
        return this == JNI ? new JniKernels(library) : ForeignKernels.open(library);
    }

    /** The library, on a processor that runs the kernels for AVX-512 alone. */
    NativeKernels avx512() throws ReflectiveOperationException {
        NativeKernels kernels = open();
        assumeTrue(kernels.kernelsLevel() == InstructionSet.AVX512.code(), "this processor has no AVX-512");
        return kernels;
    }
}
