/** Scaling and shifting of features (SSF, arXiv 2210.08823). */
package dev.inlay.tuning.ssf;
