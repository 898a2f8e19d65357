/** Files of {@code torch.save}, read in plain Java under an allow-list: nothing in them is ever run. */
package dev.inlay.checkpoint.pth;
