import pytest
import torch
from small_vit import SmallVit, timm_vit


torch.set_num_threads(1)  # threads cost more than they give on networks this small


@pytest.fixture(params=["stand-in", "timm"])
def make(request):
    """Makes Vision Transformers: the tests' own, and timm's where it is installed."""
    if request.param == "timm":
        pytest.importorskip("timm", reason="timm is not installed")
        return timm_vit
    return SmallVit
