/** Sensitivity scores as a file, so that several budgets need one pass over the data. */
package dev.inlay.train.scores;
