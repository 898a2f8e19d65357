/** From decoded images to the normalised numbers a backbone reads, as torchvision and timm do it on Pillow images. */
package dev.inlay.data.transform;
