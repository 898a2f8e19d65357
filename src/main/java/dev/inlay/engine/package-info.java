/** Where work that falls into pieces is done: in this process, or on the machines of a cluster. */
package dev.inlay.engine;
