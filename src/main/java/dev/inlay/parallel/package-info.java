/** Processes that train one run together: starting them, sums over all of them, noticing that one is gone. */
package dev.inlay.parallel;
