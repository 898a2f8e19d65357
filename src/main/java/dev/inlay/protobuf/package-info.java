/** Messages of Protocol Buffers, written field by field; a schema is in the code that writes one. */
package dev.inlay.protobuf;
