/** Adapter+ (arXiv 2406.06820). */
package dev.inlay.tuning.adapterplus;
