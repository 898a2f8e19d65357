/**
 * A run's settings as immutable values, read from YAML and {@code key=value} overrides; every problem of a file is
 * reported at once. Each key is described in {@code docs/config.md}.
 */
package dev.inlay.config;
