"""Random forests whose classes are often even, leaves of shares of several sizes, and what onnxruntime answers: `npm run bench:labels`.

pip install onnx onnxruntime; python test/models/pipelines/ties.py
Writes survey/ties_*.onnx and .json (300 rows) beside it; they are not kept in git. Prints how often onnxruntime differs from itself.
"""
import json
from pathlib import Path

import numpy as np
import onnxruntime
from onnx import TensorProto, helper

here = Path(__file__).parent / "survey"
here.mkdir(exist_ok=True)
onnxruntime.set_default_logger_severity(4)
ROWS, FEATURES, INNER = 300, 3, 3
names = "nodes_treeids nodes_nodeids nodes_featureids nodes_modes nodes_values nodes_truenodeids nodes_falsenodeids class_treeids class_nodeids class_ids class_weights".split()
random = np.random.RandomState(5)
tied, otherwise = 0, 0


def forest(trees, classes, counts):
    own = {name: [] for name in names}
    for tree in range(trees):
        for node in range(2 * INNER + 1):
            leaf = node >= INNER
            values = [tree, node, int(random.randint(FEATURES)), "LEAF" if leaf else "BRANCH_LEQ", 0.0 if leaf else random.randint(0, 3) + 0.5, 0 if leaf else 2 * node + 1, 0 if leaf else 2 * node + 2]
            for name, value in zip(names, values):
                own[name].append(value)
            if not leaf:
                continue
            share = random.multinomial(random.choice(counts), np.ones(classes) / classes)
            share = share / share.sum() / trees
            for k in [1] if classes == 2 else range(classes):
                for name, value in zip(names[7:], [tree, node, 0 if classes == 2 else k, float(share[k])]):
                    own[name].append(value)
    node = helper.make_node("TreeEnsembleClassifier", ["x"], ["label", "p"], domain="ai.onnx.ml", classlabels_int64s=list(range(classes)), post_transform="NONE", **own)
    tensors = [helper.make_tensor_value_info(*one) for one in [("x", TensorProto.FLOAT, [None, FEATURES]), ("label", TensorProto.INT64, [None]), ("p", TensorProto.FLOAT, [None, classes])]]
    graph = helper.make_graph([node], "forest", tensors[:1], tensors[1:])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17), helper.make_opsetid("ai.onnx.ml", 3)], ir_version=8)


for classes in (2, 3, 4):
    for trees in (3, 4, 5, 6, 8, 10, 12, 20, 100):
        for counts in ([2, 4], [2, 3, 6], [5, 10]):
            model = forest(trees, classes, counts).SerializeToString()
            session = onnxruntime.InferenceSession(model)
            x = random.randint(0, 4, (ROWS, FEATURES)).astype(np.float32)
            rows = [[np.ravel(one).tolist() for one in session.run(None, {"x": row[None]})] for row in x]
            scores = np.sort([row[1] for row in rows])
            tied += int((scores[:, -1] - scores[:, -2] < 1e-6).sum())
            otherwise += int((session.run(None, {"x": x})[0] != [row[0][0] for row in rows]).sum())
            name = f"ties_{classes}_{trees}_{''.join(map(str, counts))}"
            (here / f"{name}.onnx").write_bytes(model)
            (here / f"{name}.json").write_text(json.dumps({"outs": ["label", "p"], "x": x.ravel().tolist(), "rows": rows}))
print(f"{tied} of {81 * ROWS} rows tied; a batch of onnxruntime decides {otherwise} otherwise than row by row")
