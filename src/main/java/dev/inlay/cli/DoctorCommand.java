package dev.inlay.cli;

import dev.inlay.doctor.Doctor;
import dev.inlay.tensor.Device;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code inlay doctor}: what was found on this machine, and a step of training. */
@Command(
        name = "doctor",
        description =
                "Checks this machine: prints what was found (LibTorch, BLAS, threads, devices, cache, kernels) and trains"
                        + " a very small network for a few steps.")
final class DoctorCommand implements Runnable {
    @Spec
    private CommandSpec spec;

    @Override
    public void run() {
        PrintWriter out = spec.commandLine().getOut();
        Map<String, String> facts = Doctor.facts();
        facts.forEach((name, value) -> out.printf(Locale.ROOT, "%-14s %s%n", name, value));
        Device device = Device.fastest();
        double millis = Doctor.trainSteps(device).toNanos() / 1e6;
        out.printf(
                Locale.ROOT,
                "%-14s ok, a step of a very small network takes %.1f ms on %s%n",
                "training",
                millis,
                device);
    }
}
