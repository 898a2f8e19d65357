package dev.inlay.tuning.method;

import dev.inlay.keys.Keys;
import java.util.List;

/** Settings of any method, as it asks for them: small sizes, all that can be drawn, every operation and block. */
final class SmallSettings implements Keys {
    private static final int SIZE = 3;
    private static final double RATE = 0.1;

    private final String type;

    /**
     * @param type of a member of a list of methods; empty outside of one
     */
    SmallSettings(String type) {
        this.type = type;
    }

    @Override
    public int integer(String key, int otherwise, int min, int max) {
        return Math.max(min, Math.min(otherwise, SIZE));
    }

    @Override
    public double number(String key, double otherwise, double min, double max) {
        return min == 0 && max < 1 ? RATE : otherwise;
    }

    @Override
    public boolean flag(String key, boolean otherwise) {
        return otherwise;
    }

    @Override
    public <E extends Enum<E>> E choice(String key, E otherwise) {
        return otherwise;
    }

    @Override
    public String text(String key, String otherwise) {
        return key.equals("type") ? type : otherwise;
    }

    @Override
    public List<String> texts(String key, List<String> otherwise) {
        return List.of();
    }

    @Override
    public List<Integer> integers(String key, List<Integer> otherwise, int min, int max) {
        return otherwise;
    }

    @Override
    public List<SmallSettings> members(String key) {
        return List.of(new SmallSettings(Lora.METHOD), new SmallSettings(Bias.METHOD));
    }

    @Override
    public void problem(String key, String message) {
        throw new IllegalStateException(key + ": " + message);
    }

    @Override
    public void end() {}
}
