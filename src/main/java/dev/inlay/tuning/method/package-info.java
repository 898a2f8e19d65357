/** The methods of tuning, a file or two for each: its spec, its arithmetic and its settings; and the registry that finds them. */
package dev.inlay.tuning.method;
