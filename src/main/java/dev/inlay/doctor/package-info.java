/** What this machine offers, and one step of training to prove that it works. */
package dev.inlay.doctor;
