package dev.inlay.hub;

import java.util.Set;

/**
 * A repository at one moment.
 *
 * @param commit what a branch or tag points to now
 * @param files the names of all files
 */
record Listing(String commit, Set<String> files) {}
