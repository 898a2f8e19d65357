package dev.inlay.train.run;

/** The version of Inlay that runs. */
final class InlayVersion {
    private static final String DEVELOPMENT = "development";

    private InlayVersion() {}

    /** From the jar's manifest, or {@value #DEVELOPMENT} outside a jar. */
    static String inlay() {
        String version = InlayVersion.class.getPackage().getImplementationVersion();
        return version == null ? DEVELOPMENT : version;
    }
}
