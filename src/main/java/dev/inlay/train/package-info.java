/** Training: the loop, and what it is made of below this package. */
package dev.inlay.train;
