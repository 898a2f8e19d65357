package dev.inlay.record;

/**
 * How many examples of one class each split has.
 *
 * @param name of the class
 * @param train examples trained on for the reported result
 * @param validation examples of the validation split
 * @param test examples of the test split
 */
public record ClassCount(String name, long train, long validation, long test) {}
