package dev.inlay.checkpoint.naming;

import java.util.List;

/**
 * Which stored tensors make which of timm's; read from right to left, how to write them again.
 *
 * @param made timm's names
 * @param stored the names in the file
 */
record Rule(List<Template> made, Change change, List<Template> stored) {}
