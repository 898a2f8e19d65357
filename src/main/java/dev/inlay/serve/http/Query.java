package dev.inlay.serve.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.javalin.http.Context;
import java.net.URLDecoder;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** The part of an address behind the question mark; what nobody asks for there is refused. */
final class Query {
    private final Map<String, String> values = new HashMap<>();

    /**
     * @throws RefusedException if there is any other name than {@code known}, one twice, or what cannot be decoded
     */
    Query(Context context, String... known) {
        String query = context.req().getQueryString();
        for (String pair : query == null ? new String[0] : query.split("&")) {
            String[] sides = pair.split("=", 2);
            String name = decoded(sides[0]);
            if (name.isEmpty() && sides.length == 1) {
                continue;
            }
            if (!Arrays.asList(known).contains(name)) {
                throw bad("the query has an unknown name; known here: " + String.join(", ", known));
            }
            if (values.put(name, sides.length == 1 ? "" : decoded(sides[1])) != null) {
                throw bad(name + ": expected one value, found more");
            }
        }
    }

    private static String decoded(String text) {
        try {
            return URLDecoder.decode(text, UTF_8);
        } catch (IllegalArgumentException e) {
            throw bad("the query has a % that encodes nothing; send % only before two hexadecimal digits");
        }
    }

    Optional<String> text(String name) {
        return Optional.ofNullable(values.get(name));
    }

    boolean flag(String name) {
        String value = text(name).orElse("false");
        if (!value.equals("true") && !value.equals("false")) {
            throw bad(name + ": expected true or false");
        }
        return value.equals("true");
    }

    /**
     * The value of an enum whose texts are the values of the parameter.
     *
     * @param otherwise the value where the parameter is absent
     */
    <E extends Enum<E>> E choice(String name, E otherwise) {
        E[] values = otherwise.getDeclaringClass().getEnumConstants();
        return text(name)
                .map(text -> Arrays.stream(values)
                        .filter(value -> value.toString().equals(text))
                        .findFirst()
                        .orElseThrow(() -> bad(name + ": expected one of "
                                + Arrays.stream(values).map(E::toString).collect(Collectors.joining(", ")))))
                .orElse(otherwise);
    }

    int integer(String name, int otherwise, int least, int most) {
        Optional<String> value = text(name);
        if (value.isEmpty()) {
            return otherwise;
        }
        try {
            int number = Integer.parseInt(value.get());
            if (number >= least && number <= most) {
                return number;
            }
        } catch (NumberFormatException e) {
            // refused below, like one out of range
        }
        throw bad(name + ": expected a whole number from " + least + " to " + most);
    }

    private static RefusedException bad(String detail) {
        return new Problem(400, detail).refused();
    }
}
