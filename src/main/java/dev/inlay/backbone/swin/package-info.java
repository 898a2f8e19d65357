/** The Swin Transformer (Liu et al., arXiv 2103.14030) as timm computes it. */
package dev.inlay.backbone.swin;
