/** Linear probing: the best linear classifier on frozen features, solved to convergence. */
package dev.inlay.train.probe;
