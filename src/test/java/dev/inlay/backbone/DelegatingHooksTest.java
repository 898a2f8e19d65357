package dev.inlay.backbone;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class DelegatingHooksTest {
    static Stream<Method> methods() {
        return Stream.of(ForwardHooks.class.getMethods());
    }

    /** One that is not handed on would silently compute as if nothing were tuned. */
    @ParameterizedTest
    @MethodSource("methods")
    void everyHookReachesTheHooksBehind(Method hook) throws ReflectiveOperationException {
        List<Method> reached = new ArrayList<>();
        ForwardHooks behind = (ForwardHooks) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {ForwardHooks.class}, (proxy, method, arguments) -> {
                    reached.add(method);
                    return none(method.getReturnType());
                });
        Object[] arguments = Arrays.stream(hook.getParameterTypes())
                .map(DelegatingHooksTest::none)
                .toArray();

        hook.invoke(new DelegatingHooks(behind) {}, arguments);

        assertThat(reached).containsExactly(hook);
    }

    private static Object none(Class<?> type) {
        return type == boolean.class ? (Object) false : type == int.class ? (Object) 0 : null;
    }
}
