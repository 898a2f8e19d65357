package dev.inlay.report;

import dev.inlay.record.Mistake;
import java.awt.Color;
import java.awt.GradientPaint;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.util.Optional;

/** Synthetic images of several shapes and sizes; every seventh is missing. */
final class SampleImages implements MistakeImages {
    @Override
    public Optional<BufferedImage> of(Mistake mistake) {
        int i = mistake.example() / 17;
        if (i % 7 == 6) {
            return Optional.empty();
        }
        int width = i % 3 == 0 ? 400 : 300;
        int height = i % 4 == 1 ? 180 : 300;
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_ARGB);
        Graphics2D graphics = image.createGraphics();
        graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
        Color from = Color.getHSBColor(i * 0.13f, 0.35f, 0.85f);
        Color to = Color.getHSBColor(i * 0.13f + 0.1f, 0.5f, 0.45f);
        graphics.setPaint(new GradientPaint(0, 0, from, width, height, to));
        graphics.fillRect(0, 0, width, height);
        graphics.setPaint(Color.getHSBColor(i * 0.13f + 0.5f, 0.6f, 0.9f));
        graphics.fillOval(width / 4, height / 4, width / 3, height / 2);
        graphics.dispose();
        return Optional.of(image);
    }
}
