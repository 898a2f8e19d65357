/** Weights tuned one by one: single entries of vectors and matrices. */
package dev.inlay.tuning.sparse;
