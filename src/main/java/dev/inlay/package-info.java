/** Inlay tunes a frozen Vision Transformer for a new task with few parameters; {@link dev.inlay.Inlay} is the way in. */
package dev.inlay;
