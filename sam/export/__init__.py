"""Models as .onnx files, for ONNX Runtime here and in the page."""
