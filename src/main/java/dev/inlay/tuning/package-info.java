/** What may be tuned in a frozen backbone, and what was decided to be: plain values that hold no tensors. */
package dev.inlay.tuning;
