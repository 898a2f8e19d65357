/** How long work tells whoever watches how far it is. */
package dev.inlay.progress;
