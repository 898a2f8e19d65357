/** A method of tuning from elsewhere, as far as the main code knows. */
package dev.inlay.tuning.shift;
