/** Weight-decomposed low-rank adaptation (DoRA, arXiv 2402.09353). */
package dev.inlay.tuning.dora;
