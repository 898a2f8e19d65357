/** A head of several linear layers (MLP-k). */
package dev.inlay.tuning.mlphead;
