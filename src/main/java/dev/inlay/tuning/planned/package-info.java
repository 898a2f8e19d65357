/** SPT (arXiv 2303.08566): modules, whole vectors and single weights where a plan says. */
package dev.inlay.tuning.planned;
