/** Convolutional bypasses (Convpass, arXiv 2207.07039). */
package dev.inlay.tuning.convpass;
