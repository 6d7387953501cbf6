"""Colours, type and spacing of the page, in light and dark; the stage's style sheets build on the same variables."""

from __future__ import annotations

from pathlib import Path

from .components.gradio_internals import gr

_SHEETS = (
    "ui/base.css",
    "ui/controls.css",
    "ui/fields.css",
    "canvas/stage.css",
    "objects/panels.css",
    "photos/sources.css",
    "photos/reading.css",
    "models/manager.css",
    "export/export.css",
    "labels/labels.css",
    "projects/projects.css",
    "ui/command_palette.css",
    "ui/guide.css",
)
_SANS = ("system-ui", "-apple-system", "Segoe UI", "Roboto", "Helvetica Neue", "Arial", "sans-serif")
_MONO = ("ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace")
_VALUES = {
    "body_background_fill": "#f6f6f7",
    "body_background_fill_dark": "#0d0d0f",
    "body_text_color": "#1b1b1f",
    "body_text_color_dark": "#ececf0",
    "body_text_color_subdued": "#63636e",
    "body_text_color_subdued_dark": "#9a9aa6",
    "background_fill_primary": "#ffffff",
    "background_fill_primary_dark": "#17171a",
    "background_fill_secondary": "#f6f6f7",
    "background_fill_secondary_dark": "#1d1d21",
    "border_color_primary": "#e4e4e8",
    "border_color_primary_dark": "#2a2a30",
    "block_background_fill": "#ffffff",
    "block_background_fill_dark": "#17171a",
    "block_border_width": "0px",
    "block_shadow": "none",
    "block_label_background_fill": "#ffffff",
    "block_label_background_fill_dark": "#17171a",
    "block_title_text_weight": "500",
    "block_title_text_size": "*text_sm",
    "block_padding": "0px",
    "block_radius": "8px",
    "form_gap_width": "0px",
    "layout_gap": "14px",
    "input_background_fill": "#ffffff",
    "input_background_fill_dark": "#101013",
    "input_border_width": "1px",
    "input_border_color": "#d9d9df",
    "input_border_color_dark": "#34343c",
    "input_border_color_focus": "#2563eb",
    "input_border_color_focus_dark": "#6ea0ff",
    "input_radius": "8px",
    "input_shadow": "none",
    "button_large_radius": "8px",
    "button_medium_radius": "8px",
    "button_small_radius": "8px",
    "button_large_text_size": "*text_md",
    "button_large_text_weight": "550",
    "button_large_padding": "10px 16px",
    "button_primary_background_fill": "#1b1b1f",
    "button_primary_background_fill_hover": "#35353d",
    "button_primary_background_fill_dark": "#ececf0",
    "button_primary_background_fill_hover_dark": "#ffffff",
    "button_primary_text_color": "#ffffff",
    "button_primary_text_color_dark": "#111113",
    "button_primary_text_color_hover": "#ffffff",
    "button_primary_text_color_hover_dark": "#111113",
    "button_secondary_background_fill": "#ffffff",
    "button_secondary_background_fill_hover": "#f1f1f3",
    "button_secondary_background_fill_dark": "#202025",
    "button_secondary_background_fill_hover_dark": "#2a2a30",
    "button_secondary_border_color": "#d9d9df",
    "button_secondary_border_color_dark": "#34343c",
    "button_border_width": "1px",
    "button_primary_border_color": "transparent",
    "button_primary_border_color_dark": "transparent",
    "checkbox_label_background_fill": "transparent",
    "checkbox_label_background_fill_dark": "transparent",
    "checkbox_label_border_width": "0px",
    "checkbox_label_border_width_dark": "0px",
    "checkbox_border_color_dark": "#5a5a66",
    "checkbox_label_padding": "0px",
    "checkbox_label_shadow": "none",
    "slider_color": "#2563eb",
    "slider_color_dark": "#6ea0ff",
}
"""Of Gradio's variables."""


def make_theme() -> gr.themes.Base:
    """System fonts only: nothing is fetched from elsewhere."""
    theme = gr.themes.Base(
        primary_hue=gr.themes.colors.blue,
        neutral_hue=gr.themes.colors.zinc,
        radius_size=gr.themes.sizes.radius_md,
        font=list(_SANS),
        font_mono=list(_MONO),
    )
    return theme.set(**_VALUES)


def make_head() -> str:
    """The style sheets, in the page itself so that nothing is shown without them."""
    folder = Path(__file__).parent / "static"
    css = "\n".join((folder / name).read_text("utf-8") for name in _SHEETS)
    return f'<meta name="color-scheme" content="light dark"><style id="ss-style">{css}</style>'
