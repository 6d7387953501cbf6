"""Two graphs in one .onnx file, chosen by the prompt; shared weights are stored once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import onnx

CLICK, GENERAL = "click/", "general/"


def with_click(general: onnx.ModelProto, click: onnx.ModelProto) -> onnx.ModelProto:
    """`general`, which asks `click` instead where the prompt is one foreground point without an earlier mask.

    Args:
        general: a decoder with Meta's names for the inputs; it is changed and returned.
        click: gives the same outputs, and takes some of its inputs.
    """
    from onnx import helper

    outer, inputs = general.graph, {value.name for value in general.graph.input}
    outputs = [value.name for value in outer.output]
    stored = {_content(tensor): tensor.name for tensor in outer.initializer}
    names = {name: name for name in inputs}
    for tensor in click.graph.initializer:
        name = stored.setdefault(_content(tensor), CLICK + tensor.name)
        if name == CLICK + tensor.name:
            added = outer.initializer.add()
            added.CopyFrom(tensor)
            added.name = name
        names[tensor.name] = name

    for node in click.graph.node:
        node.input[:] = [names.get(name, CLICK + name) if name else "" for name in node.input]
        node.output[:] = [CLICK + name if name else "" for name in node.output]
    for node in outer.node:
        for edges in (node.input, node.output):
            edges[:] = [GENERAL + name if name in outputs else name for name in edges]
    branches = [
        helper.make_graph(
            graph.node,
            prefix.strip("/"),
            [],
            [
                helper.make_tensor_value_info(prefix + value.name, value.type.tensor_type.elem_type, None)
                for value in graph.output
            ],
        )
        for prefix, graph in ((CLICK, click.graph), (GENERAL, outer))
    ]
    choice = helper.make_node("If", ["is_click"], outputs, then_branch=branches[0], else_branch=branches[1])
    del outer.node[:]
    outer.node.extend([*_is_click(outer), choice])
    return general


def shorten_names(model: onnx.ModelProto) -> onnx.ModelProto:
    """The model with names of a few letters for all that is neither input nor output of it, and none for its steps.

    A traced graph of some thousand steps has 200 kB of names that nobody reads.
    """
    kept = {value.name for value in (*model.graph.input, *model.graph.output)} | {""}
    short: dict[str, str] = {}

    def of(name: str) -> str:
        return name if name in kept else short.setdefault(name, f"{len(short):x}")

    def rename(graph: onnx.GraphProto) -> None:
        del graph.value_info[:]
        for value in (*graph.initializer, *graph.output):
            value.name = of(value.name)
        for node in graph.node:
            node.name = ""
            for edges in (node.input, node.output):
                edges[:] = [of(name) for name in edges]
            for attribute in node.attribute:
                if attribute.HasField("g"):
                    rename(attribute.g)

    rename(model.graph)
    return model


def _is_click(graph: onnx.GraphProto) -> list[onnx.NodeProto]:
    """Nodes that say whether there is one place, its label is 1, and there is no mask: three sums that are then 0."""
    from onnx import TensorProto, helper, numpy_helper

    graph.initializer.append(numpy_helper.from_array(np.array(0, np.float32), "zero"))
    graph.initializer.append(numpy_helper.from_array(np.array(1, np.float32), "one"))
    return [
        helper.make_node("Size", ["point_labels"], ["places"]),
        helper.make_node("Cast", ["places"], ["places_float"], to=TensorProto.FLOAT),
        helper.make_node("Sub", ["places_float", "one"], ["places_more"]),
        helper.make_node("Abs", ["places_more"], ["more"]),
        helper.make_node("Sub", ["point_labels", "one"], ["labels_less"]),
        helper.make_node("ReduceL1", ["labels_less"], ["others"], keepdims=0),
        helper.make_node("ReduceL1", ["has_mask_input"], ["masks"], keepdims=0),
        helper.make_node("Sum", ["more", "others", "masks"], ["not_click"]),
        helper.make_node("Equal", ["not_click", "zero"], ["is_click"]),
    ]


def _content(tensor: onnx.TensorProto) -> tuple[object, ...]:
    """The same for constants that are the same."""
    from onnx import numpy_helper

    return (tensor.data_type, *tensor.dims, numpy_helper.to_array(tensor).tobytes())
