/** Holds what is published beside the code (notices, guide for contributors) to what the build does. */
package dev.inlay.publishing;
