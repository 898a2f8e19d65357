package dev.inlay.data.builtin;

import dev.inlay.data.RawImage;
import dev.inlay.data.builtin.Surface.Weave;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.Rectangle;
import java.awt.RenderingHints;
import java.awt.geom.Path2D;
import java.awt.image.BufferedImage;
import java.awt.image.DataBufferByte;
import java.util.Arrays;

/** A square image in the making. Java2D says how much of each pixel an outline covers; the colours are mixed here. */
final class Canvas {
    private static final int HALF = 128;

    private final int size;
    /** (size, size, 3), 0 … 1. */
    private final float[] rgb;
    /** (size, size), 0 … 255; all zero between two fills. */
    private final byte[] coverage;

    private final Graphics2D pen;

    Canvas(int size) {
        this.size = size;
        this.rgb = new float[3 * size * size];
        BufferedImage mask = new BufferedImage(size, size, BufferedImage.TYPE_BYTE_GRAY);
        this.coverage = ((DataBufferByte) mask.getRaster().getDataBuffer()).getData();
        this.pen = mask.createGraphics();
        pen.setColor(Color.WHITE);
        pen.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
        pen.setRenderingHint(RenderingHints.KEY_STROKE_CONTROL, RenderingHints.VALUE_STROKE_PURE);
    }

    /** Covers the whole image. */
    void cover(Surface surface) {
        Arrays.fill(coverage, (byte) 255);
        mix(surface, new Rectangle(size, size), Light.EVEN);
    }

    /** Draws a body over what is there. */
    void add(Body body) {
        double radius = body.pose().radius() * size;
        double rim = body.finish().rim() * radius;
        Light light = Light.on(body, size);
        Path2D outline = body.silhouette().outline(body.pose().toPixels(size));
        Rectangle box = outline.getBounds();
        box.grow((int) Math.ceil(rim) + 1, (int) Math.ceil(rim) + 1);
        box = box.intersection(new Rectangle(size, size));
        pen.fill(outline);
        mix(body.surface(), box, light);
        if (rim > 0) {
            pen.setStroke(new BasicStroke((float) rim, BasicStroke.CAP_BUTT, BasicStroke.JOIN_BEVEL));
            pen.draw(outline);
            mix(Surface.plain(body.finish().rimColour()), box, light);
        }
    }

    /** Gives a number to the pixels of which a body covers half or more, its rim included; draws nothing. */
    void number(Body body, int number, byte[] numbers) {
        double rim = body.finish().rim() * body.pose().radius() * size;
        Path2D outline = body.silhouette().outline(body.pose().toPixels(size));
        pen.fill(outline);
        if (rim > 0) {
            pen.setStroke(new BasicStroke((float) rim, BasicStroke.CAP_BUTT, BasicStroke.JOIN_BEVEL));
            pen.draw(outline);
        }
        for (int pixel = 0; pixel < coverage.length; pixel++) {
            if ((coverage[pixel] & 0xff) >= HALF) {
                numbers[pixel] = (byte) number;
            }
            coverage[pixel] = 0;
        }
    }

    /** Mixes a surface into the covered pixels of a box and uncovers them. */
    private void mix(Surface surface, Rectangle box, Light light) {
        Weave weave = surface.weave();
        Pattern pattern = surface.pattern();
        double cos = StrictMath.cos(weave.angle()) * weave.periods() / size;
        double sin = StrictMath.sin(weave.angle()) * weave.periods() / size;
        Tint tint = new Tint(surface);
        for (int y = box.y; y < box.y + box.height; y++) {
            for (int x = box.x; x < box.x + box.width; x++) {
                int pixel = y * size + x;
                int covered = coverage[pixel] & 0xFF;
                if (covered == 0) {
                    continue;
                }
                coverage[pixel] = 0;
                double right = x + 0.5 - weave.x() * size;
                double down = y + 0.5 - weave.y() * size;
                double u = cos * right + sin * down;
                double v = cos * down - sin * right;
                if (weave.warp() > 0) {
                    double bend = weave.warp() * (ValueNoise.smooth(0.6 * u, 0.6 * v, weave.seed() + 3) - 0.5);
                    v += weave.warp() * (ValueNoise.smooth(0.6 * u, 0.6 * v, weave.seed() + 4) - 0.5);
                    u += bend;
                }
                float second = (float) pattern.at(u, v, weave.seed());
                tint.mixInto(rgb, 3 * pixel, second, light.at(x, y), covered / 255f);
            }
        }
    }

    /** The image as a camera sees it; the canvas is of no use afterwards. */
    RawImage photograph(Camera camera) {
        pen.dispose();
        light(camera);
        blur(Math.round(2 * (camera.blur() * size) * (camera.blur() * size)));
        return new RawImage(size, size, samples(camera));
    }

    private void light(Camera camera) {
        float contrast = (float) camera.contrast();
        float brightness = (float) camera.brightness();
        for (int y = 0, i = 0; y < size; y++) {
            float row = (float) (1 + camera.lightY() * ((y + 0.5) / size - 0.5));
            float column = (float) (camera.lightX() / size);
            for (int x = 0; x < size; x++) {
                float light = row + column * (x + 0.5f - 0.5f * size);
                for (int c = 0; c < 3; c++, i++) {
                    rgb[i] = 0.5f + contrast * (rgb[i] * light - 0.5f) + brightness;
                }
            }
        }
    }

    /** Each pass of (1, 2, 1) / 4, across and down, adds half a squared pixel of variance; edges are repeated. */
    private void blur(long passes) {
        int row = 3 * size;
        float[] before = new float[rgb.length];
        for (long pass = 0; pass < passes; pass++) {
            System.arraycopy(rgb, 0, before, 0, rgb.length);
            for (int at = 0; at < rgb.length; at += row) {
                for (int i = 0; i < 3; i++) {
                    int last = at + row - 3 + i;
                    rgb[at + i] = 0.75f * before[at + i] + 0.25f * before[Math.min(at + i + 3, last)];
                    rgb[last] = 0.75f * before[last] + 0.25f * before[Math.max(last - 3, at + i)];
                }
                for (int i = at + 3; i < at + row - 3; i++) {
                    rgb[i] = 0.5f * before[i] + 0.25f * (before[i - 3] + before[i + 3]);
                }
            }
            System.arraycopy(rgb, 0, before, 0, rgb.length);
            for (int at = 0; at < rgb.length; at += row) {
                int above = at == 0 ? 0 : -row;
                int below = at + row == rgb.length ? 0 : row;
                for (int i = at; i < at + row; i++) {
                    rgb[i] = 0.5f * before[i] + 0.25f * (before[i + above] + before[i + below]);
                }
            }
        }
    }

    /** Adds noise, per sample the sum of three uniform numbers, and rounds. */
    private byte[] samples(Camera camera) {
        byte[] samples = new byte[rgb.length];
        float perStep = (float) (camera.noise() * 2 / 128);
        for (int pixel = 0; pixel < size * size; pixel++) {
            long bits = ValueNoise.bits(pixel, 0, camera.seed());
            for (int c = 0; c < 3; c++, bits >>>= 21) {
                long sum = (bits & 127) + ((bits >>> 7) & 127) + ((bits >>> 14) & 127);
                float value = rgb[3 * pixel + c] + perStep * (sum - 190.5f);
                samples[3 * pixel + c] = (byte) Math.max(0, Math.min(255, (int) (255 * value + 0.5f)));
            }
        }
        return samples;
    }

    /** The brightness of a surface, linear over the image. */
    private record Light(float base, float perX, float perY) {
        static final Light EVEN = new Light(1, 0, 0);

        static Light on(Body body, int size) {
            Body.Pose pose = body.pose();
            double perX = body.finish().lightX() / (pose.radius() * size);
            double perY = body.finish().lightY() / (pose.radius() * size);
            double base = 1 - perX * (pose.x() * size - 0.5) - perY * (pose.y() * size - 0.5);
            return new Light((float) base, (float) perX, (float) perY);
        }

        float at(int x, int y) {
            return base + perX * x + perY * y;
        }
    }

    /** The two colours of a surface as single-precision numbers. */
    private static final class Tint {
        private final float red;
        private final float green;
        private final float blue;
        private final float redStep;
        private final float greenStep;
        private final float blueStep;

        Tint(Surface surface) {
            this.red = (float) surface.first().red();
            this.green = (float) surface.first().green();
            this.blue = (float) surface.first().blue();
            this.redStep = (float) surface.second().red() - red;
            this.greenStep = (float) surface.second().green() - green;
            this.blueStep = (float) surface.second().blue() - blue;
        }

        void mixInto(float[] rgb, int at, float second, float light, float alpha) {
            rgb[at] += alpha * (light * (red + second * redStep) - rgb[at]);
            rgb[at + 1] += alpha * (light * (green + second * greenStep) - rgb[at + 1]);
            rgb[at + 2] += alpha * (light * (blue + second * blueStep) - rgb[at + 2]);
        }
    }
}
