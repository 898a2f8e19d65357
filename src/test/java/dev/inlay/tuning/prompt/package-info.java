/** Prompts and the plain form they are compared with. */
package dev.inlay.tuning.prompt;
