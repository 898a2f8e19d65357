/** Training of the last blocks whole (Partial-k). */
package dev.inlay.tuning.partial;
