package dev.inlay.checkpoint.pth;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A value of a class or function that is not on the allow-list: nothing was made or run, only its name is known. What the
 * pickle puts into it under names, as into a subclass of a dictionary or the attributes of a module, is kept. Equal to
 * itself alone.
 */
public final class Opaque {
    private final String type;
    private final Map<Object, Object> items = new LinkedHashMap<>();

    Opaque(String type) {
        this.type = type;
    }

    /** The class or function, as {@code pathlib.PosixPath}, fit to be shown. */
    public String type() {
        return type;
    }

    /** What was put into it under names, in the order of the file. */
    Map<Object, Object> items() {
        return items;
    }

    @Override
    public String toString() {
        return type;
    }
}
