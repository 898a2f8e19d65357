package dev.inlay.tuning.mixed;

import static org.assertj.core.api.Assertions.assertThat;

import dev.inlay.backbone.ForwardHooks;
import java.lang.reflect.Method;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class BatchTimesTest {
    static Stream<Method> methods() {
        return Stream.of(ForwardHooks.class.getMethods());
    }

    /** One that is not handed on would silently compute as if nothing were tuned. */
    @ParameterizedTest
    @MethodSource("methods")
    void everyMethodOfAFillingIsHandedOn(Method method) throws NoSuchMethodException {
        assertThat(BatchTimes.Timed.class
                        .getDeclaredMethod(method.getName(), method.getParameterTypes())
                        .getReturnType())
                .isEqualTo(method.getReturnType());
    }
}
