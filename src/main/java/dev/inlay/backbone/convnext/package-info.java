/** ConvNeXt (Liu et al., arXiv 2201.03545) as timm computes it. */
package dev.inlay.backbone.convnext;
