package dev.inlay.checkpoint.naming;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Names that differ only in their numbers, as {@code blocks.{i}.norm1.{p}}. Places are {@code {i}} and {@code {s}}, a
 * number (of a block, of a stage); {@code {s+1}}, one more than it; {@code {p}}, {@code weight} or {@code bias}; and
 * {@code {rest}}, any text.
 */
final class Template {
    private static final Pattern PLACE = Pattern.compile("\\{(\\w+)(\\+1)?}");
    private static final Map<String, String> VALUES = Map.of(
            "i", "(0|[1-9]\\d{0,3})",
            "s", "(0|[1-9]\\d{0,3})",
            "p", "(weight|bias)",
            "rest", "(.+)");

    private record BlockIndex(String name, boolean plusOne) {}

    private final String text;
    private final Pattern pattern;
    private final List<BlockIndex> places = new ArrayList<>();

    Template(String text) {
        this.text = text;
        StringBuilder regex = new StringBuilder();
        Matcher matcher = PLACE.matcher(text);
        int end = 0;
        while (matcher.find()) {
            regex.append(Pattern.quote(text.substring(end, matcher.start()))).append(VALUES.get(matcher.group(1)));
            places.add(new BlockIndex(matcher.group(1), matcher.group(2) != null));
            end = matcher.end();
        }
        this.pattern =
                Pattern.compile(regex.append(Pattern.quote(text.substring(end))).toString(), Pattern.DOTALL);
    }

    /** What stands in the places of {@code name}; empty if it is no such name. */
    Optional<Map<String, String>> match(String name) {
        Matcher matcher = pattern.matcher(name);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        Map<String, String> values = new HashMap<>();
        for (int i = 0; i < places.size(); i++) {
            BlockIndex place = places.get(i);
            String value = matcher.group(i + 1);
            if (place.plusOne() && value.equals("0")) {
                return Optional.empty();
            }
            values.put(place.name(), place.plusOne() ? String.valueOf(Integer.parseInt(value) - 1) : value);
        }
        return Optional.of(values);
    }

    /** The name with {@code values} in its places. */
    String fill(Map<String, String> values) {
        return PLACE.matcher(text).replaceAll(place -> {
            String value = values.get(place.group(1));
            return Matcher.quoteReplacement(
                    place.group(2) == null ? value : String.valueOf(Integer.parseInt(value) + 1));
        });
    }

    @Override
    public String toString() {
        return text;
    }
}
