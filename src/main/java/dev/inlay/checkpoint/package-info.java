/** Bytes of checkpoint files to named tensors and back. */
package dev.inlay.checkpoint;
