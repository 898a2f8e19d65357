/** The failures Inlay tells a person about; each carries the exit code of the command line. */
package dev.inlay.error;
