/** The products that LibTorch does not have, each behind a plain face. */
package dev.inlay.kernels;
