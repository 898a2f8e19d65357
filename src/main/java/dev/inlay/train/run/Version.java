package dev.inlay.train.run;

/** The version of Inlay that runs. */
final class Version {
    private static final String DEVELOPMENT = "development";

    private Version() {}

    /** From the jar's manifest, or {@value #DEVELOPMENT} outside a jar. */
    static String inlay() {
        String version = Version.class.getPackage().getImplementationVersion();
        return version == null ? DEVELOPMENT : version;
    }
}
