/** Foreign layouts of checkpoints to timm's names and shapes. */
package dev.inlay.checkpoint.naming;
