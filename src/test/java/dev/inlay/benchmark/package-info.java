/** Programs that measure; no test runs them. Each is a main class of the test code and prints a table. */
package dev.inlay.benchmark;
