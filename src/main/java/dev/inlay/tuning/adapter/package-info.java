/** Bottleneck adapters (Houlsby et al., arXiv 1902.00751) on single linear sites. */
package dev.inlay.tuning.adapter;
