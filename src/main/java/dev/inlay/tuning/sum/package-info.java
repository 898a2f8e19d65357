/** Several methods at once. */
package dev.inlay.tuning.sum;
