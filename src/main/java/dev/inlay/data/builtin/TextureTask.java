package dev.inlay.data.builtin;

import dev.inlay.data.builtin.Surface.Weave;
import dev.inlay.random.Key;
import java.util.List;
import java.util.Locale;

/** Which texture fills the image? In any two colours, size and direction, bent a little, with things in front. */
final class TextureTask implements BuiltinTask {
    @Override
    public String name() {
        return "texture";
    }

    @Override
    public List<String> classNames() {
        return Pattern.TEXTURES.stream()
                .map(p -> p.name().toLowerCase(Locale.ROOT))
                .toList();
    }

    @Override
    public Scene scene(int label, Key key) {
        Dice dice = new Dice(key);
        Colour first = Scenery.colour(dice);
        Colour second = Scenery.colour(dice);
        while (first.distance(second) < 0.25) {
            second = Scenery.colour(dice);
        }
        Weave weave = Weave.any(dice, dice.logBetween(3.5, 8), dice.between(0, 0.9));
        Surface ground = new Surface(Pattern.TEXTURES.get(label), first, second, weave);
        return new Scene(ground, List.of(), List.of(), Scenery.specks(dice, dice.below(16)), Camera.ordinary(dice));
    }
}
