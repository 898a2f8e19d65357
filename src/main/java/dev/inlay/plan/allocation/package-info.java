/** Spends a budget on sensitivity scores: plain arrays in, a {@link dev.inlay.plan.Plan} out. */
package dev.inlay.plan.allocation;
