/** Full fine-tuning: every parameter, the ceiling that the others are held against. */
package dev.inlay.tuning.full;
