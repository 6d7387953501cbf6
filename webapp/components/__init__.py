"""Gradio components: the stage, the tabs, and the page that a tab is given."""
