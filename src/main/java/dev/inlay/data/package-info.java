/** From files of images to normalised numbers: datasets, splits, decoding, transforms, batches. */
package dev.inlay.data;
