/**
 * The only code that knows the lifetime rules of JavaCPP: loading LibTorch, scopes, what outlives a scope, conversions
 * between arrays and tensors, and native containers of parameters.
 *
 * <p>The rules in short. Every step, request or batch opens one {@link org.bytedeco.javacpp.PointerScope} in
 * try-with-resources on its own thread; what is made inside is freed when it closes. A tensor that lives longer is
 * {@linkplain dev.inlay.tensor.Tensors#own owned} by an object that releases it in its {@code close}; the result of a
 * piece of work goes to the scope around it by {@link dev.inlay.tensor.Tensors#scoped}.
 */
package dev.inlay.tensor;
