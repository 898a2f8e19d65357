package dev.inlay.serve.http;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.Proxy;
import java.net.URI;
import javax.imageio.ImageIO;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Requests that a service sends to itself, so that no client pays for what only the first request costs. */
final class WarmUp {
    private static final Logger LOG = LoggerFactory.getLogger(WarmUp.class);
    private static final int SIDE = 64;
    private static final int MAX_MILLIS = 30_000;

    private final String url;

    /**
     * @param url of the service
     */
    WarmUp(String url) {
        this.url = url;
    }

    /** Asks a task what is on an image, in each of the two usual formats. */
    void predict(String id) {
        for (String format : new String[] {"png", "jpeg"}) {
            post("v1/tasks/" + id + "/predict", "image/" + format, image(format));
        }
    }

    private static byte[] image(String format) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            ImageIO.write(new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_INT_RGB), format, bytes);
        } catch (IOException e) {
            throw new IllegalStateException("nothing fails in memory", e);
        }
        return bytes.toByteArray();
    }

    private void post(String path, String type, byte[] body) {
        try {
            HttpURLConnection connection =
                    (HttpURLConnection) URI.create(url + path).toURL().openConnection(Proxy.NO_PROXY);
            connection.setConnectTimeout(MAX_MILLIS);
            connection.setReadTimeout(MAX_MILLIS);
            connection.setRequestMethod("POST");
            connection.setRequestProperty("Content-Type", type);
            connection.setRequestProperty("Connection", "close");
            connection.setDoOutput(true);
            try (OutputStream out = connection.getOutputStream()) {
                out.write(body);
            }
            try (InputStream in = connection.getInputStream()) {
                in.readAllBytes();
            }
        } catch (IOException e) {
            LOG.warn("the service could not ask itself for {}: {}", path, e.toString());
        }
    }
}
