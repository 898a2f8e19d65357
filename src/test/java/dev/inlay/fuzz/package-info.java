/** Damaged files thrown at everything that reads files from elsewhere. */
package dev.inlay.fuzz;
