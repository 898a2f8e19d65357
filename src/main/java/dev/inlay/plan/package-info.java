/** The plan: which tunable parameters of a backbone are tuned and how, the rule and the cost behind it, and its JSON. Holds no tensors. */
package dev.inlay.plan;
