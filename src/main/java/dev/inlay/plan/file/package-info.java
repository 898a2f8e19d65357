/** Plans from files: Inlay's own JSON, and the files that SPT's authors released. */
package dev.inlay.plan.file;
