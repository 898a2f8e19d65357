/** Questions about cost that are no case of the suite: each a subcommand of {@code inlay bench} that prints a table. */
package dev.inlay.bench.study;
