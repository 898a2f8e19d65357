// The face of the CUDA kernels for dev.inlay.kernels.CudaKernel: addresses are passed as numbers.
#include <jni.h>

#include "inlay_kernels.h"

namespace {

template <typename T>
T* pointer(jlong address) {
    return reinterpret_cast<T*>(static_cast<intptr_t>(address));
}

}  // namespace

extern "C" JNIEXPORT jint JNICALL Java_dev_inlay_kernels_CudaKernel_version(JNIEnv*, jclass) {
    return inlay_kernels_cuda_version();
}

extern "C" JNIEXPORT jint JNICALL Java_dev_inlay_kernels_CudaKernel_product(
    JNIEnv*, jclass, jlong g, jlong gStride, jlong x, jlong xStride, jlong tokens, jlong rows, jlong columns, jlong count,
    jlong out, jint accumulate, jint device, jlong stream) {
    return inlay_sampled_product_cuda(
        pointer<const float>(g), gStride, pointer<const float>(x), xStride, tokens, pointer<const int32_t>(rows),
        pointer<const int32_t>(columns), count, pointer<float>(out), accumulate, device, pointer<void>(stream));
}
