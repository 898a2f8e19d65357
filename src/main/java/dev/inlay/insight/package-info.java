/** Where a tuned network looks: maps over the patches of an image. */
package dev.inlay.insight;
