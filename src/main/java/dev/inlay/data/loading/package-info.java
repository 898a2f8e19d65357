/** Data sets to examples to batches: decoding once in parallel, a bounded cache, prefetching. */
package dev.inlay.data.loading;
