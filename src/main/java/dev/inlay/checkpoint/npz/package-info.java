/** NumPy's archives of named arrays, read in plain Java; nothing in them is ever executed. */
package dev.inlay.checkpoint.npz;
