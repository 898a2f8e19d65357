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
}
