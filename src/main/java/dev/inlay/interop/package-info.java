/**
 * Tasks from and to the folders of other libraries: adapters of Hugging Face PEFT, whole models of timm and of
 * transformers. What maps to what is documented in {@code docs/interop.md}.
 */
package dev.inlay.interop;
