package dev.inlay.engine;

import dev.inlay.error.InlayException;

/** A member of a team cannot go on because another one is gone, which knows better why. */
public final class MemberGoneException extends InlayException {
    private static final long serialVersionUID = 1L;

    /**
     * @param who which one, and how it was missed
     * @param cause how it was noticed; may be null
     */
    public MemberGoneException(String who, Throwable cause) {
        super(who, cause);
    }
}
