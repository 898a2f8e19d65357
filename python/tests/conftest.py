import pytest
import torch
from networks import own, timms


torch.set_num_threads(1)  # threads cost more than they give on networks this small


@pytest.fixture(params=["stand-in", "timm"])
def make(request):
    """Makes networks of a spec: the tests' own, and timm's where it is installed."""
    if request.param == "timm":
        pytest.importorskip("timm", reason="timm is not installed")
        return timms
    return own
