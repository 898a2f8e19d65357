/** Low-rank adaptation (Hu et al., arXiv 2106.09685). */
package dev.inlay.tuning.lora;
