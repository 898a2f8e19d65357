package dev.inlay.embedding;

/**
 * One of many embeddings, and how near it is to another.
 *
 * @param row its number
 * @param similarity cosine of the two, in [-1, 1]
 */
public record Neighbour(int row, double similarity) {}
