"""Task files of Inlay on networks of timm: Vision Transformers, Swin Transformers and ConvNeXts.

    task = inlay.load("task.safetensors")
    model = task.attach(vit)  # a network of timm, which stays as it is
    logits = model(images)

``inlay.save_task`` writes a task that Inlay reads; ``inlay.shapes_of`` says which tensors it needs. What is in the file is
described in docs/task-format.md, what the methods compute in docs/methods.md.
"""

from .backbone import Backbone
from .backbones import backbone_of
from .error import TaskError
from .task import Task, load, save_task, shapes_of
from .tuned import Tuned

__all__ = ["Backbone", "Task", "TaskError", "Tuned", "backbone_of", "load", "save_task", "shapes_of"]
