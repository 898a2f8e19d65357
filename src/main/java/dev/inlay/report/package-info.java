/** {@code report.html}: a run's recorded numbers as one page for people. */
package dev.inlay.report;
