/**
 * What a backbone offers: frozen tensors under timm's names, {@linkplain dev.inlay.backbone.TunableParameter sites} where something
 * may be tuned, and a forward pass that asks a {@link dev.inlay.backbone.ForwardHooks} at each of them. No method of tuning is
 * known here.
 */
package dev.inlay.backbone;
