/** Bytes of image files to 8-bit RGB, as Pillow's {@code convert("RGB")} gives them. */
package dev.inlay.data.image;
