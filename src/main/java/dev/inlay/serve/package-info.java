/** Many tasks served from one copy of their backbone: a registry, batches that mix tasks, answers. See {@code docs/serving.md}. */
package dev.inlay.serve;
