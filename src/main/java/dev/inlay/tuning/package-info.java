/** A spec attached to a frozen backbone: what it trains, and what it fills tunable parameters and places with in every pass. */
package dev.inlay.tuning;
