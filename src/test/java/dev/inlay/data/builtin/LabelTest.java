package dev.inlay.data.builtin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.inlay.data.builtin.Body.Pose;
import dev.inlay.random.Key;
import java.util.List;
import java.util.Locale;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Test;

/** What the label says is read off the scene, by other means than it was put in. */
class LabelTest {
    private static void everyScene(String task, BiConsumer<String, Scene> check) {
        BuiltinTask drawn = BuiltinTasks.named(task);
        for (int label = 0; label < drawn.classNames().size(); label++) {
            for (int i = 0; i < 60; i++) {
                check.accept(drawn.classNames().get(label), drawn.scene(label, Key.of(i, "test")));
            }
        }
    }

    @Test
    void shapeIsTheOutlineOfTheOnlyBody() {
        for (String task : List.of("shape", "photo")) {
            everyScene(task, (name, scene) -> {
                assertThat(scene.bodies()).hasSize(1);
                Body body = scene.bodies().get(0);
                assertThat(body.silhouette().name().toLowerCase(Locale.ROOT)).isEqualTo(name);
                assertStandsOut(body, scene.ground());
                assertThat(scene.clutter())
                        .allMatch(speck ->
                                speck.pose().radius() < 0.3 * body.pose().radius());
            });
        }
    }

    @Test
    void textureIsTheGroundsPattern() {
        everyScene("texture", (name, scene) -> {
            assertThat(scene.ground().pattern().name().toLowerCase(Locale.ROOT)).isEqualTo(name);
            assertThat(scene.ground().first().distance(scene.ground().second())).isGreaterThanOrEqualTo(0.25);
        });
    }

    @Test
    void countIsTheNumberOfBodiesNoneOfWhichTouch() {
        everyScene("count", (name, scene) -> {
            List<Body> bodies = scene.bodies();
            assertThat(bodies).hasSize(Integer.parseInt(name));
            assertThat(scene.clutter()).isEmpty();
            assertThat(scene.occluders()).isEmpty();
            for (int i = 0; i < bodies.size(); i++) {
                assertStandsOut(bodies.get(i), scene.ground());
                assertInside(bodies.get(i));
                assertThat(bodies.get(i).pose().radius()).isGreaterThan(0.03);
                for (int k = 0; k < i; k++) {
                    double apart = bodies.get(i).pose().distance(bodies.get(k).pose());
                    assertThat(apart)
                            .isGreaterThan(bodies.get(i).reach() + bodies.get(k).reach());
                }
            }
        });
    }

    @Test
    void distanceIsWhereTheLargestBodyFallsBetweenTheLimits() {
        List<String> names = BuiltinTasks.named("distance").classNames();
        double range = Math.log(DistanceTask.MAX / DistanceTask.MIN);
        everyScene("distance", (name, scene) -> {
            Body nearest = scene.bodies().get(scene.bodies().size() - 1);
            double part = Math.log(DistanceTask.MAX / nearest.pose().radius()) / range * names.size();
            assertThat((int) part).isEqualTo(names.indexOf(name));
            assertThat(part - (int) part).isBetween(0.14, 0.86);
            double foot = nearest.pose().y() + nearest.pose().radius();
            assertThat(foot).isLessThan(1);
            for (Body other : scene.bodies().subList(0, scene.bodies().size() - 1)) {
                assertThat(other.pose().radius())
                        .isLessThan(0.8 * nearest.pose().radius());
                assertThat(other.pose().y() + other.pose().radius()).isLessThan(foot);
            }
        });
    }

    @Test
    void positionIsTheFieldOfTheCentre() {
        everyScene("position", (name, scene) -> {
            Pose pose = scene.bodies().get(0).pose();
            String row = pose.y() < 1 / 3.0 ? "top" : pose.y() > 2 / 3.0 ? "bottom" : "";
            String column = pose.x() < 1 / 3.0 ? "left" : pose.x() > 2 / 3.0 ? "right" : "";
            String field = (row + " " + column).strip();
            assertThat(field.isEmpty() ? "centre" : field).isEqualTo(name);
        });
    }

    @Test
    void orientationIsWhereTheBodyPoints() {
        everyScene("orientation", (name, scene) -> {
            Body body = scene.bodies().get(0);
            assertThat(Silhouette.POINTED).contains(body.silhouette());
            double right = Math.cos(body.pose().angle());
            double down = Math.sin(body.pose().angle());
            String row = down > 0.5 ? "down" : down < -0.5 ? "up" : "";
            String column = right > 0.5 ? "right" : right < -0.5 ? "left" : "";
            assertThat((row + " " + column).strip()).isEqualTo(name);
        });
    }

    @Test
    void relationIsTheSideOnWhichTheRedBodyIs() {
        everyScene("relation", (name, scene) -> {
            Pose red = only(scene, c -> c.red() > 2 * Math.max(c.green(), c.blue()));
            Pose blue = only(scene, c -> c.blue() > 1.2 * Math.max(c.green(), c.red()));
            boolean beside = Math.abs(red.x() - blue.x()) > Math.abs(red.y() - blue.y());
            String side =
                    beside ? (red.x() > blue.x() ? "right of" : "left of") : (red.y() > blue.y() ? "below" : "above");
            assertThat(side).isEqualTo(name);
            scene.bodies().forEach(LabelTest::assertInside);
        });
    }

    private static Pose only(Scene scene, java.util.function.Predicate<Colour> colour) {
        List<Body> found = scene.bodies().stream()
                .filter(body -> colour.test(body.surface().first()))
                .toList();
        assertThat(found).hasSize(1);
        return found.get(0).pose();
    }

    private static void assertStandsOut(Body body, Surface ground) {
        assertThat(body.surface().first().distance(ground.middle())).isGreaterThanOrEqualTo(0.5);
    }

    private static void assertInside(Body body) {
        double reach = body.reach() - 1e-9;
        assertThat(body.pose().x()).isBetween(reach, 1 - reach);
        assertThat(body.pose().y()).isBetween(reach, 1 - reach);
    }
}
