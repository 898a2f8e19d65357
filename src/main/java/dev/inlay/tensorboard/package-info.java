/** Runs in TensorBoard: an observer, and the files of events that it appends to. */
package dev.inlay.tensorboard;
