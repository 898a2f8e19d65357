/** Learning rates over the course of a run; plain arithmetic, no LibTorch. */
package dev.inlay.train.schedule;
