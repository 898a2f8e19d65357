package dev.inlay.serve.http;

import io.javalin.http.Context;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The part of an address behind the question mark; what nobody asks for there is refused. */
final class Query {
    private final Map<String, List<String>> values;

    /**
     * @throws RefusedException if there is any other name than {@code known}, or one twice
     */
    Query(Context context, String... known) {
        values = context.queryParamMap();
        values.forEach((name, all) -> {
            if (!Arrays.asList(known).contains(name)) {
                throw bad("the query has an unknown name; known here: " + String.join(", ", known));
            }
            if (all.size() != 1) {
                throw bad(name + ": expected one value, found " + all.size());
            }
        });
    }

    Optional<String> text(String name) {
        return Optional.ofNullable(values.get(name)).map(all -> all.get(0));
    }

    boolean flag(String name) {
        String value = text(name).orElse("false");
        if (!value.equals("true") && !value.equals("false")) {
            throw bad(name + ": expected true or false");
        }
        return value.equals("true");
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
