/** Networks over many images: one loop that reads ahead, computes batch by batch and hands over; how good the answers are. */
package dev.inlay.inference;
