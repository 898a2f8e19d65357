/** A config turned into a task and its report: the phases of a run, each of which a killed run finds done. */
package dev.inlay.train.run;
