// The JNI face: dev.inlay.kernels.JniKernel. Addresses come as numbers; nothing of Java is touched.
#include <jni.h>

#include "inlay_kernels.h"

namespace {

template <class T>
T* pointer(jlong address) {
    return reinterpret_cast<T*>(static_cast<uintptr_t>(address));
}

}  // namespace

extern "C" JNIEXPORT jint JNICALL Java_dev_inlay_kernels_JniKernel_version(JNIEnv*, jclass) {
    return inlay_kernels_version();
}

extern "C" JNIEXPORT jint JNICALL Java_dev_inlay_kernels_JniKernel_level(JNIEnv*, jclass) {
    return inlay_kernels_level();
}

extern "C" JNIEXPORT jint JNICALL Java_dev_inlay_kernels_JniKernel_product(
    JNIEnv*, jclass,
    jlong g, jlong gWidth, jlong gStride,
    jlong x, jlong xWidth, jlong xStride,
    jlong tokens,
    jlong rows, jlong columns, jlong count,
    jlong out, jint accumulate, jint threads, jint level) {
    return inlay_sampled_product(
        pointer<const float>(g), gWidth, gStride, pointer<const float>(x), xWidth, xStride, tokens,
        pointer<const int32_t>(rows), pointer<const int32_t>(columns), count,
        pointer<float>(out), accumulate, threads, level);
}

extern "C" JNIEXPORT jint JNICALL Java_dev_inlay_kernels_JniKernel_sparse(
    JNIEnv*, jclass,
    jlong images, jlong imageCount,
    jlong tokens, jlong xWidth, jlong xStride, jlong yWidth, jlong yStride,
    jint threads) {
    return inlay_add_sparse(
        pointer<const inlay_sparse_image>(images), imageCount, tokens, xWidth, xStride, yWidth, yStride, threads);
}
