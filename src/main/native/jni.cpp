// The JNI face of the kernels: dev.inlay.kernels.JniKernels.
#include "inlay_kernels.h"
#include "jni_methods.h"

extern "C" JNIEXPORT jint JNICALL JNI_OnLoad(JavaVM* vm, void*) {
    return inlay::bind(vm, "dev/inlay/kernels/JniKernels", {
        inlay::Entry<inlay_kernels_version>::of("kernelsVersion"),
        inlay::Entry<inlay_kernels_level>::of("kernelsLevel"),
        inlay::Entry<inlay_sampled_product>::of("sampledProduct"),
        inlay::Entry<inlay_add_sparse>::of("addSparse"),
        inlay::Entry<inlay_add_low_rank>::of("addLowRank"),
        inlay::Entry<inlay_attention_types>::of("attentionTypes"),
        inlay::Entry<inlay_attention>::of("attention"),
        inlay::Entry<inlay_attention_backward>::of("attentionBackward"),
        inlay::Entry<inlay_gelu>::of("gelu"),
        inlay::Entry<inlay_gelu_gradient>::of("geluGradient"),
        inlay::Entry<inlay_add_halves>::of("addHalves"),
        inlay::Entry<inlay_layer_norm>::of("layerNorm"),
        inlay::Entry<inlay_layer_norm_gradient>::of("layerNormGradient"),
    });
}
