package dev.inlay.spark;

import dev.inlay.engine.Engine;
import dev.inlay.engine.EngineProvider;
import dev.inlay.error.ConfigException;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;

/** Opens {@link SparkEngine} under the name {@code spark}. */
public final class SparkProvider implements EngineProvider {
    private static final Pattern LOCAL = Pattern.compile("local(?:\\[([0-9]+|\\*)(?:,\\s*[0-9]+)?])?");
    private static final Pattern LOCAL_CLUSTER = Pattern.compile("local-cluster\\[[0-9]+,\\s*([0-9]+),\\s*[0-9]+]");

    @Override
    public String name() {
        return "spark";
    }

    @Override
    public Engine open(Optional<String> master) {
        SparkConf conf = new SparkConf();
        master.ifPresent(conf::setMaster);
        conf.setIfMissing("spark.master", "local[*]");
        try {
            return new SparkEngine(new JavaSparkContext(configure(conf)));
        } catch (Exception e) { // Scala throws checked exceptions that it does not declare
            throw refused(conf, e);
        }
    }

    private static ConfigException refused(SparkConf conf, Exception e) {
        return new ConfigException(
                "Spark cannot start on the master " + conf.get("spark.master") + ": " + e.getMessage());
    }

    /** What pieces need of Spark, and what is quiet and safe on one machine; settings that were given stay. */
    static SparkConf configure(SparkConf conf) {
        conf.setIfMissing("spark.app.name", "inlay");
        conf.setIfMissing("spark.executorEnv.OMP_WAIT_POLICY", "PASSIVE");
        coresOfAnExecutor(conf).ifPresent(cores -> conf.setIfMissing("spark.task.cpus", cores));
        // a second copy of a run would find its folder in use
        conf.set("spark.speculation", "false");
        if (conf.get("spark.master").startsWith("local")) {
            conf.setIfMissing("spark.ui.enabled", "false");
            conf.setIfMissing("spark.driver.host", "localhost");
            conf.setIfMissing("spark.driver.bindAddress", "127.0.0.1");
        }
        return conf;
    }

    /** A piece takes a whole executor: LibTorch uses all of its cores for one piece. */
    private static Optional<String> coresOfAnExecutor(SparkConf conf) {
        String master = conf.get("spark.master");
        Matcher local = LOCAL.matcher(master);
        if (local.matches()) {
            String cores = local.group(1) == null ? "1" : local.group(1);
            return Optional.of(
                    cores.equals("*") ? Integer.toString(Runtime.getRuntime().availableProcessors()) : cores);
        }
        Matcher cluster = LOCAL_CLUSTER.matcher(master);
        if (cluster.matches()) {
            return Optional.of(cluster.group(1));
        }
        return Optional.ofNullable(conf.get("spark.executor.cores", null));
    }
}
