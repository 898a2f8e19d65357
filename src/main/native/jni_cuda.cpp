// The JNI face of the CUDA kernels: dev.inlay.kernels.CudaKernels.
#include "inlay_kernels.h"
#include "jni_methods.h"

extern "C" JNIEXPORT jint JNICALL JNI_OnLoad(JavaVM* vm, void*) {
    return inlay::bind(vm, "dev/inlay/kernels/CudaKernels", {
        inlay::Entry<inlay_kernels_cuda_version>::of("kernelsCudaVersion"),
        inlay::Entry<inlay_sampled_product_cuda>::of("sampledProductCuda"),
    });
}
