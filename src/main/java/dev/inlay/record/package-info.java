/** What a run writes down about itself: plain records that are {@code metrics.json}, and the live status of a run. */
package dev.inlay.record;
