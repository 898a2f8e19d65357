// JNI's native methods, made from the declarations of C functions: a pointer or int64_t is a jlong, an int32_t a jint, a double a jdouble.
#ifndef INLAY_JNI_METHODS_H
#define INLAY_JNI_METHODS_H

#include <jni.h>

#include <cstdint>
#include <string>
#include <vector>

namespace inlay {

template <class T>
struct Argument;

template <class T>
struct Argument<T*> {
    using Java = jlong;
    static constexpr char code = 'J';
    static T* of(jlong address) { return reinterpret_cast<T*>(static_cast<uintptr_t>(address)); }
};

template <>
struct Argument<int64_t> {
    using Java = jlong;
    static constexpr char code = 'J';
    static int64_t of(jlong value) { return value; }
};

template <>
struct Argument<int32_t> {
    using Java = jint;
    static constexpr char code = 'I';
    static int32_t of(jint value) { return value; }
};

template <>
struct Argument<double> {
    using Java = jdouble;
    static constexpr char code = 'D';
    static double of(jdouble value) { return value; }
};

// A method by its name, the signature that JNI expects it to have, and its entry point.
struct Method {
    const char* name;
    std::string signature;
    void* entry;
};

template <auto function>
struct Entry;

template <class... A, int32_t (*function)(A...)>
struct Entry<function> {
    static jint JNICALL call(JNIEnv*, jobject, typename Argument<A>::Java... arguments) {
        return function(Argument<A>::of(arguments)...);
    }

    static Method of(const char* name) {
        return {name, "(" + std::string{Argument<A>::code...} + ")I", reinterpret_cast<void*>(&call)};
    }
};

// Binds the methods of a class; for JNI_OnLoad. A class that declares one of them otherwise fails to load its library.
inline jint bind(JavaVM* vm, const char* class_name, const std::vector<Method>& methods) {
    void* env = nullptr;
    if (vm->GetEnv(&env, JNI_VERSION_1_8) != JNI_OK) {
        return JNI_ERR;
    }
    JNIEnv* jni = static_cast<JNIEnv*>(env);
    jclass type = jni->FindClass(class_name);
    if (type == nullptr) {
        return JNI_ERR;
    }
    for (const Method& method : methods) {
        const JNINativeMethod bound{
            const_cast<char*>(method.name), const_cast<char*>(method.signature.c_str()), method.entry};
        if (jni->RegisterNatives(type, &bound, 1) != JNI_OK) {
            return JNI_ERR;
        }
    }
    return JNI_VERSION_1_8;
}

}  // namespace inlay

#endif
