/** Individual weights: single entries of vectors and matrices. */
package dev.inlay.tuning.sparse;
