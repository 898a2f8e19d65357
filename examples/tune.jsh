import dev.inlay.Tune
import dev.inlay.record.RunRecord
import dev.inlay.tuning.method.Lora

Tune tune = Tune.onBuiltin().set("data.task", "orientation").set("data.train", 400).set("data.test", 200).set("train.epochs", 4).set("train.learningRate", 3e-3)
RunRecord lora = tune.with(Lora.rank(4)).run(Path.of("runs/lora"))
RunRecord spt = tune.set("method.budget", "5%").run(Path.of("runs/spt"))

System.out.println(lora)
System.out.println(spt)

/exit
