/** Batches whose images belong to several tunings of one backbone, computed in one pass of it. */
package dev.inlay.tuning.mixed;
