/** What to tune in a frozen backbone: specs that attach to its sites, and plans that say which sites are worth it. */
package dev.inlay.tuning;
