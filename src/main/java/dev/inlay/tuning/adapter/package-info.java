/** Bottleneck adapters: Houlsby et al. (arXiv 1902.00751), Pfeiffer et al. (arXiv 2005.00247), AdaptFormer (arXiv 2205.13535). */
package dev.inlay.tuning.adapter;
