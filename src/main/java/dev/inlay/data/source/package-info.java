/** Where images and labels come from: class folders, VTAB lists, CSV manifests, tensor files. */
package dev.inlay.data.source;
