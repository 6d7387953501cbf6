"""The report of `python -m sam eval`: tables, plots, the worst answers, as JSON, Markdown and a page."""
