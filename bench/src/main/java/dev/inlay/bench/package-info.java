/** What Inlay costs: time, memory and where it goes, case by case, each in a process of its own. */
package dev.inlay.bench;
