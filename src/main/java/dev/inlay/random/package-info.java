/** Randomness keyed by what it is for, so that equal runs draw equal numbers wherever they resume. */
package dev.inlay.random;
