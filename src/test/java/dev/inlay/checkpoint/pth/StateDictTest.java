package dev.inlay.checkpoint.pth;

import static dev.inlay.checkpoint.pth.PickleText.START;
import static dev.inlay.checkpoint.pth.PickleText.tensor;
import static dev.inlay.checkpoint.pth.PickleText.text;
import static dev.inlay.checkpoint.pth.PickleText.tuple;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The wrappers of training programs. */
class StateDictTest {
    @TempDir
    Path folder;

    @Test
    void ofMocoTheEncoderIsTakenWithoutItsProjectionHead() throws IOException {
        StateDict state = stateDict(
                "module.base_encoder.cls_token",
                "module.base_encoder.head.0.weight",
                "module.momentum_encoder.cls_token",
                "module.predictor.0.weight");
        assertThat(state.tensors()).containsOnlyKeys("cls_token");
        assertThat(state.notes())
                .contains(
                        "took 'module.base_encoder.' off the names",
                        "left out, not the backbone's: module.base_encoder.head.0.weight,"
                                + " module.momentum_encoder.cls_token, module.predictor.0.weight");
    }

    @Test
    void ofDinoTheTeachersBackboneIsTakenWithoutItsProjectionHead() throws IOException {
        StateDict state = stateDict(
                List.of("student", "teacher"), "backbone.cls_token", "backbone.head.weight", "head.mlp.0.weight");
        assertThat(state.tensors()).containsOnlyKeys("cls_token");
        assertThat(state.notes())
                .containsExactly(
                        "took the tensors below 'teacher'",
                        "left out beside them: student",
                        "took 'backbone.' off the names",
                        "left out, not the backbone's: backbone.head.weight, head.mlp.0.weight");
        assertThat(stateDict(List.of("student"), "module.backbone.cls_token").tensors())
                .containsOnlyKeys("cls_token");
    }

    @Test
    void averagedWeightsComeFirst() throws IOException {
        assertThat(stateDict(List.of("model", "model_ema"), "module.cls_token").notes())
                .containsExactly(
                        "took the tensors below 'model_ema'",
                        "left out beside them: model",
                        "took 'module.' off the names");
    }

    @Test
    void aHeadBelowModuleStays() throws IOException {
        assertThat(stateDict("module.cls_token", "module.head.weight").tensors())
                .containsOnlyKeys("cls_token", "head.weight");
    }

    @Test
    void aPrefixThatOnlySomeNamesHaveStays() throws IOException {
        assertThat(stateDict("module.cls_token", "pos_embed").tensors())
                .containsOnlyKeys("module.cls_token", "pos_embed");
    }

    @Test
    void theOrderIsThatOfTheFile() throws IOException {
        assertThat(stateDict("b", "z", "a", "q", "aa").tensors().keySet())
                .containsExactlyElementsOf(List.of("b", "z", "a", "q", "aa"));
    }

    private StateDict stateDict(String... names) throws IOException {
        return stateDict(List.of("state_dict"), names);
    }

    private StateDict stateDict(List<String> wrappers, String... names) throws IOException {
        StringBuilder tensors = new StringBuilder("}");
        for (String name : names) {
            tensors.append(text(name)).append(tensor(6, 0, tuple(2), tuple(1))).append('s');
        }
        StringBuilder pickle = new StringBuilder(START + "}");
        for (String wrapper : wrappers) {
            pickle.append(text(wrapper)).append(tensors).append('s');
        }
        try (PthFile file = PthFile.open(PickleText.archive(folder, pickle + ".", 6))) {
            return StateDict.of(file);
        }
    }
}
