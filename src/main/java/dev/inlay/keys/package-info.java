/** Typed reading of objects in JSON and YAML, key by key. */
package dev.inlay.keys;
