/** Makes tasks from labelled images while others are served: a queue of jobs, each a run in a folder of its own. */
package dev.inlay.serve.training;
