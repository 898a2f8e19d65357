/** The Vision Transformer (Dosovitskiy et al., arXiv 2010.11929) as timm computes it. */
package dev.inlay.backbone.vit;
