package dev.inlay.bench;

/**
 * What a case is, once it is ready.
 *
 * @param trainable how many numbers are trained, the head included; 0 where nothing is
 * @param images how many one run takes; 0 for none
 * @param flops floating-point operations of the backbone's matrix products that one run needs; 0 for none
 */
public record CaseInfo(long trainable, int images, long flops) {}
