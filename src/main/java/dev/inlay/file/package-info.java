/** Files that a reader sees old or new, never half-written. */
package dev.inlay.file;
