package dev.inlay.spark;

import dev.inlay.engine.Engine;
import dev.inlay.engine.EngineProvider;
import dev.inlay.engine.Team;
import dev.inlay.error.ConfigException;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;

/** Opens {@link SparkEngine} and {@link SparkTeam} under the name {@code spark}. */
public final class SparkProvider implements EngineProvider {
    private static final Pattern LOCAL = Pattern.compile("local(?:\\[([0-9]+|\\*)(?:,\\s*[0-9]+)?])?");
    private static final Pattern LOCAL_CLUSTER = Pattern.compile("local-cluster\\[[0-9]+,\\s*([0-9]+),\\s*[0-9]+]");

    @Override
    public String name() {
        return "spark";
    }

    @Override
    public Engine open(Optional<String> master) {
        return new SparkEngine(start(configure(at(master), 1)));
    }

    @Override
    public Team team(Optional<String> master, int size) {
        SparkConf conf = at(master);
        localCores(conf).filter(cores -> cores < size).ifPresent(cores -> {
            throw new ConfigException("--nproc " + size + ": " + conf.get("spark.master") + " has " + cores
                    + " cores, and every process needs one; use --nproc " + cores + " or a larger master");
        });
        return new SparkTeam(start(SparkTeam.configure(configure(conf, size))), size);
    }

    private static SparkConf at(Optional<String> master) {
        SparkConf conf = new SparkConf();
        master.ifPresent(conf::setMaster);
        conf.setIfMissing("spark.master", "local[*]");
        return conf;
    }

    private static JavaSparkContext start(SparkConf conf) {
        try {
            return new JavaSparkContext(conf);
        } catch (Exception e) { // Scala throws checked exceptions that it does not declare
            throw refused(conf, e);
        }
    }

    private static ConfigException refused(SparkConf conf, Exception e) {
        return new ConfigException(
                "Spark cannot start on the master " + conf.get("spark.master") + ": " + e.getMessage());
    }

    /**
     * What pieces need of Spark, and what is quiet and safe on one machine; settings that were given stay.
     *
     * @param together how many tasks share this process where the master is this process
     */
    static SparkConf configure(SparkConf conf, int together) {
        conf.setIfMissing("spark.app.name", "inlay");
        conf.setIfMissing("spark.executorEnv.OMP_WAIT_POLICY", "PASSIVE");
        coresOfATask(conf, together).ifPresent(cores -> conf.setIfMissing("spark.task.cpus", cores));
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
    private static Optional<String> coresOfATask(SparkConf conf, int together) {
        Optional<Integer> local = localCores(conf);
        if (local.isPresent()) {
            return local.map(cores -> Integer.toString(cores / together));
        }
        Matcher cluster = LOCAL_CLUSTER.matcher(conf.get("spark.master"));
        if (cluster.matches()) {
            return Optional.of(cluster.group(1));
        }
        return Optional.ofNullable(conf.get("spark.executor.cores", null));
    }

    /** The cores of a master that is this process; empty for others. */
    private static Optional<Integer> localCores(SparkConf conf) {
        Matcher local = LOCAL.matcher(conf.get("spark.master"));
        if (!local.matches()) {
            return Optional.empty();
        }
        String cores = local.group(1) == null ? "1" : local.group(1);
        return Optional.of(cores.equals("*") ? Runtime.getRuntime().availableProcessors() : Integer.parseInt(cores));
    }
}
