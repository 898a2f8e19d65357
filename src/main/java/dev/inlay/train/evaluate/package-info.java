/** How good logits are: accuracies, cross-entropy, confusion, and what was predicted for each example. */
package dev.inlay.train.evaluate;
