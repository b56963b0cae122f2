"""Makes minilm-l6-v2-int8.onnx out of the published file: `pip install onnx==1.23.2`, `python3 slim.py PUBLISHED WRITTEN`.

The published graph makes floating-point numbers of the whole table of word embeddings and then picks a message's rows,
and a runtime keeps the made table: 47 MB. Here the rows are picked first. The numbers that come out are the same.
"""
import sys

import onnx
from onnx import helper

TABLE = "inner.embeddings.word_embeddings.weight"
PICKED = "embedding"

published, written = sys.argv[1:]
model = onnx.load(published)
made = {node.output[0]: node for node in model.graph.node}
old = [made[TABLE + "_f"], made[TABLE], made[PICKED]]
words = old[2].input[1]
new = [
    helper.make_node("Gather", [TABLE + "_q", words], [TABLE + "_q_rows"], name=TABLE + "_rows"),
    helper.make_node("Gather", [TABLE + "_scale", words], [TABLE + "_scale_rows"], name=TABLE + "_scales"),
    helper.make_node("Cast", [TABLE + "_q_rows"], [TABLE + "_f"], name=old[0].name, to=onnx.TensorProto.FLOAT),
    helper.make_node("Mul", [TABLE + "_f", TABLE + "_scale_rows"], [PICKED], name=old[1].name),
]
nodes = [node for node in model.graph.node if node not in old[:2]]
place = nodes.index(old[2])
nodes[place : place + 1] = new
del model.graph.node[:]
model.graph.node.extend(nodes)
onnx.checker.check_model(model)
onnx.save(model, written)
