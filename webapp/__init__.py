"""The Gradio shell around the engine and the plugins: stage, tabs, routes and workspaces."""
