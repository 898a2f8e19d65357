/** Typed keys of objects in JSON and YAML: one reader, which collects all problems or throws the first. */
package dev.inlay.keys;
