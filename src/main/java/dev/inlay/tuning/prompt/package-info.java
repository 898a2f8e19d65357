/** Visual Prompt Tuning (Jia et al., arXiv 2203.12119): learned tokens beside those of the image. */
package dev.inlay.tuning.prompt;
