/** Holds README.md to the code: its Java compiles and runs, its commands are accepted, its links lead somewhere. */
package dev.inlay.readme;
