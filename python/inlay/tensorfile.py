"""Safetensors files (https://github.com/huggingface/safetensors#format) of F32 and I32 tensors.

The order of the tensors and the text of the metadata are part of a task file: reading and writing gives the same bytes. The
safetensors package sorts the first and shuffles the second, so these few lines are used instead.
"""

import json
import os
import struct

import torch

from .error import TaskError

_TYPES = {"F32": torch.float32, "I32": torch.int32}
_NAMES = {dtype: name for name, dtype in _TYPES.items()}
_MAX_HEADER = 100_000_000


def read(path):
    """The tensors by name in the order of the file, and the metadata, a dict of strings.

    Raises TaskError if the file is damaged or has tensors of other types.
    """
    with open(path, "rb") as file:
        data = bytearray(file.read())
    try:
        (length,) = struct.unpack_from("<Q", data)
        if length > min(len(data) - 8, _MAX_HEADER):
            raise ValueError(f"a header of {length} bytes")
        header = json.loads(data[8 : 8 + length].decode("utf-8"))
        metadata = header.pop("__metadata__", {})
        offset = 8 + length
        tensors = {}
        for name, info in header.items():
            tensors[name] = _tensor(data, offset, info)
    except (ValueError, KeyError, TypeError, AttributeError, struct.error) as fault:
        raise TaskError(f"{path}: expected a safetensors file of F32 and I32 tensors, found a fault: {fault}") from fault
    return tensors, metadata


def _tensor(data, offset, info):
    dtype, shape = _TYPES[info["dtype"]], info["shape"]
    begin, end = info["data_offsets"]
    count = 1
    for size in shape:
        count *= size
    if not 0 <= begin <= end <= len(data) - offset or end - begin != 4 * count:
        raise ValueError(f"{end - begin} bytes for the shape {shape}, or bytes outside of the file")
    if count == 0:
        return torch.empty(shape, dtype=dtype)
    return torch.frombuffer(data, dtype=dtype, count=count, offset=offset + begin).clone().reshape(shape)


def write(path, tensors, metadata):
    """Replaces a file by one with these tensors in this order, or leaves it untouched; equal contents give equal bytes."""
    header, blobs, begin = {"__metadata__": dict(sorted(metadata.items()))}, [], 0
    for name, tensor in tensors.items():
        tensor = tensor.detach().cpu().contiguous()
        blob = tensor.numpy().tobytes()
        info = {"dtype": _NAMES[tensor.dtype], "shape": list(tensor.shape), "data_offsets": [begin, begin + len(blob)]}
        header[name] = info
        blobs.append(blob)
        begin += len(blob)
    text = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
    text += b" " * (-len(text) % 8)
    part = f"{path}.part"
    with open(part, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for blob in blobs:
            file.write(blob)
        file.flush()
        os.fsync(file.fileno())
    os.replace(part, path)
