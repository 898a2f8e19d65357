package dev.inlay.bench;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.inlay.keys.Keys;
import dev.inlay.tensor.Precision;

/**
 * What is measured; all that another program needs to do the same work.
 *
 * @param stage which piece of work
 * @param backbone timm's name of a published variant, or the JSON of a spec; its weights are random
 * @param method what people call what is tuned, or for stage 1 what is kept in memory
 * @param settings the method as the key {@code method} of a config has it, in JSON; for stage 1 that of {@code
 *     sensitivity}; {@code {}} where there is none
 * @param batch images at once; 0 where there are none
 * @param timed false where only memory is measured
 * @param recompute whether a step keeps only what enters each block ({@code train.memory: recompute})
 * @param precision of the products of frozen matrices
 */
public record BenchCase(
        Stage stage,
        String backbone,
        String method,
        String settings,
        int batch,
        boolean timed,
        boolean recompute,
        Precision precision) {
    /** What people and filters call it, such as {@code step vit_tiny_patch16_224 lora-8-qv 16 bf16}. */
    @JsonProperty(access = JsonProperty.Access.READ_ONLY)
    public String name() {
        return stage.word() + " " + backbone + " " + method + (recompute ? " recompute" : "")
                + (batch > 0 ? " " + batch : "") + (timed ? "" : " memory") + " " + Keys.word(precision);
    }

    /** Returns the same case in a precision. */
    public BenchCase in(Precision other) {
        return new BenchCase(stage, backbone, method, settings, batch, timed, recompute, other);
    }
}
