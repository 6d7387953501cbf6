"""Plugins that break at every stage of their lives: name to source."""

from __future__ import annotations

BROKEN = {
    "broken_import": "REQUIRES = {'a_module_that_is_not_there': 'pip install a-module'}\n",
    "broken_build": """
        import gradio as gr

        def build_tab(page):
            with gr.Row(), gr.Column():
                button = gr.Button("Half built")
                button.click(lambda: None, None, None, api_name="half_built")
                gr.Timer(1)
                with gr.Blocks():
                    raise ValueError("no luck <b>today</b>")

        def setup(host):
            host.add_tab("Broken build", build_tab, order=20)
    """,
    "exits": """
        def build_tab(page):
            raise SystemExit(3)

        def setup(host):
            host.add_tab("Exits", build_tab, order=25)
    """,
    "broken_event": '''
        from sam import Image, Masks

        def explode(image: Image) -> Masks:
            """Never works."""
            raise RuntimeError("boom")

        def nothing(image: Image) -> Masks:
            """Finds nothing."""
            return Masks.empty(image.shape[:2])

        def halves(image: Image, side: str, *, note: str = "") -> Masks:
            """Left or right half."""
            import numpy as np
            mask = np.zeros(image.shape[:2], bool)
            half = mask.shape[1] // 2
            mask[:, slice(None, half) if side == "left" else slice(half, None)] = True
            return Masks(mask[None])

        def build_tab(page):
            import gradio as gr
            gr.Button("Explode").click(page.run(explode), page.image, page.objects)
            gr.Button("Find nothing").click(page.run(nothing), page.image, page.objects)
            side = gr.Textbox("left", label="Side")
            gr.Button("Half").click(page.run(halves), [page.image, side], page.objects)
            count = gr.Number(label="How many")
            page.objects.change(page.run(counted), [page.objects], count)

        def counted(masks: Masks) -> int:
            """How many there are."""
            return len(masks)

        def setup(host):
            host.add_tool(halves)
            host.add_tab("Events", build_tab, order=30)
    ''',
}
