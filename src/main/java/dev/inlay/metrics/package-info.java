/** A run's status as Micrometer meters, and their scrape in Prometheus' text format. */
package dev.inlay.metrics;
