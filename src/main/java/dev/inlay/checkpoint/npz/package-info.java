/** NumPy's archives of named arrays, read in plain Java, and matrices in files of their own; nothing in them is ever executed. */
package dev.inlay.checkpoint.npz;
