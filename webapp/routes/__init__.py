"""Our own HTTP routes below Gradio's."""
