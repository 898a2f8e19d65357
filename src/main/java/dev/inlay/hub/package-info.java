/** Checkpoints from the Hugging Face hub, in a cache that {@code huggingface_hub} can use as well. */
package dev.inlay.hub;
