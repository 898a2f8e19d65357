/** Embeddings of many images: a matrix in a folder, and what lies near what. */
package dev.inlay.embedding;
