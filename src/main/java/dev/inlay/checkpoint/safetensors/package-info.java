/** Named tensors in safetensors files, read and written in plain Java. */
package dev.inlay.checkpoint.safetensors;
