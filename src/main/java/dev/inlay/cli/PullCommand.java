package dev.inlay.cli;

import dev.inlay.hub.Hub;
import dev.inlay.hub.PulledModel;
import java.io.PrintWriter;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code inlay pull}: a checkpoint from the Hugging Face hub. */
@Command(
        name = "pull",
        description = {
            "Downloads a checkpoint from the Hugging Face hub into the cache that huggingface_hub uses: continues with"
                    + " a download that was cut short, and prints where it is and how a config names it.",
            "HF_TOKEN, HF_ENDPOINT, HF_HOME, HF_HUB_CACHE and HF_HUB_OFFLINE work as in Python.",
        })
final class PullCommand implements Runnable {
    @Spec
    private CommandSpec spec;

    @Option(
            names = "--revision",
            paramLabel = "REV",
            defaultValue = Hub.MAIN,
            description = "A branch, a tag or a commit; ${DEFAULT-VALUE} by default.")
    private String revision;

    @Parameters(
            paramLabel = "NAME",
            description = "ORG/NAME, or the name of a checkpoint of timm, such as vit_tiny_patch16_224.augreg_in21k.")
    private String name;

    @Override
    public void run() {
        PrintWriter err = spec.commandLine().getErr();
        PulledModel model = Hub.ofEnvironment().pull(name, revision, ConsoleProgress.of(spec));
        model.unchecked()
                .ifPresent(why -> err.println("inlay: " + why + "; " + revision + " of " + model.repo()
                        + " is as it was pulled last, commit " + model.commit()));
        err.flush();
        PrintWriter out = spec.commandLine().getOut();
        out.println(model.weights());
        out.println();
        out.println("backbone:");
        out.println("  name: " + model.backbone().orElse("\"\" # the name of the network, by timm"));
        out.println("  file: " + quoted(model.weights().toString()));
        out.flush();
    }

    private static String quoted(String text) {
        return text.matches("[\\w/.+-]+") ? text : "'" + text.replace("'", "''") + "'";
    }
}
