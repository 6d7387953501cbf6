"""nano as .onnx files: `python -m sam.nano.export`."""
