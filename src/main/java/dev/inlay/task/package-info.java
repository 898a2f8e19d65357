/**
 * The artefact of a run: one file that holds what a task adds to a backbone, and the model that the two make. The file
 * is documented in {@code docs/task-format.md}.
 */
package dev.inlay.task;
