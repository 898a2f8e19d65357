/** Spends a budget on sensitivity scores: plain arrays in, a {@link dev.inlay.tuning.Plan} out. */
package dev.inlay.allocation;
