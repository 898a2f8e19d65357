/** Predictions of many images: partitions, each predicted at once into a file of its own, none twice. */
package dev.inlay.batch;
