/** What a config names, loaded: the backbone, the images, and a record of what both held. */
package dev.inlay.inputs;
