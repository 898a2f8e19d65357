/** Networks as files of ONNX: the graph that a family of backbones makes of itself, and the file. */
package dev.inlay.onnx;
