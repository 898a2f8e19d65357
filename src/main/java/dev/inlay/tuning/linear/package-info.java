/** Linear probing: the head alone. */
package dev.inlay.tuning.linear;
