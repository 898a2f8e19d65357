/** Tuning of every bias (BitFit). */
package dev.inlay.tuning.bias;
