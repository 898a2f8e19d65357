/** A config proposed for a folder of images: what is there, what is assumed, how to train on it. */
package dev.inlay.proposal;
