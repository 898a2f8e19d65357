/**
 * Stage 1 of SPT (arXiv 2303.08566): a score for every weight, the sum over a few batches of its squared gradient. Makes
 * no decision.
 */
package dev.inlay.sensitivity;
