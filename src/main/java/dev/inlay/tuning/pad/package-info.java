/** Prompts of pixels around the image (Visual Prompt Tuning's {@code pad}, arXiv 2203.12119). */
package dev.inlay.tuning.pad;
