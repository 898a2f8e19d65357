/** Drawn data sets: eight small tasks to tune on and a mix with other labels to pretrain on, all from a seed. */
package dev.inlay.data.builtin;
