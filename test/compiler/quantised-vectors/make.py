# Outputs of onnxruntime's integer kernels, for test/compiler/quantised-vectors.test.ts: pip install onnx onnxruntime numpy, then
#   python make.py
# pairs.json: QLinearAdd and QLinearMul on all 65,536 pairs of 20 sets of scales, as what differs from float64 arithmetic.
# kernels.json: of every other kernel a model (base64) and the seeds of its inputs; kernels.bin: its outputs, one kernel after the other.
# No product of these weights is saturated by a processor without VNNI, which adds pairs of them in 16 bits.
import base64, json, os
import numpy as np
import onnx
import onnxruntime as ort
from onnx import TensorProto as T, helper, numpy_helper

HERE = os.path.dirname(os.path.abspath(__file__))
rng = np.random.default_rng(11)


def numbers(seed, count):
    """Whole numbers of [0, 2^16), the same in the test."""
    out, state = np.empty(count, np.int64), seed
    for i in range(count):
        state = (state * 1664525 + 1013904223) % 2**32
        out[i] = state >> 16
    return out


def session(model):
    options = ort.SessionOptions()
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    return ort.InferenceSession(model, options)


def model_of(op, domain, inputs, constants, order, output, attributes={}):
    node = helper.make_node(op, order, ["y"], domain=domain, **attributes)
    graph = helper.make_graph(
        [node], "kernel",
        [helper.make_tensor_value_info(name, t, shape) for name, t, shape in inputs],
        [helper.make_tensor_value_info("y", output, None)],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()],
    )
    opsets = [helper.make_opsetid("", 17)] + ([helper.make_opsetid(domain, 1)] if domain else [])
    return helper.make_model(graph, opset_imports=opsets, ir_version=8, producer_name="").SerializeToString()


MS = "com.microsoft"
f32 = np.float32
TYPES = {T.INT8: np.int8, T.UINT8: np.uint8, T.FLOAT: np.float32}


def drawn(lo, hi, n):
    """A scale; two of three have few digits, so that many sums are near a tie."""
    value = rng.uniform(lo, hi)
    return f32(round(value, 3)) if n % 3 else f32(value)


def pairs():
    sets = []
    for n in range(20):
        kind = [T.INT8, T.UINT8][n % 2]
        dtype, lo = (np.int8, -128) if kind == T.INT8 else (np.uint8, 0)
        sa, sb = drawn(0.005, 0.05, n), drawn(0.005, 0.05, n)
        every = np.arange(lo, lo + 256)
        za, zb, zc = (int(v) for v in rng.integers(lo, lo + 256, 3))
        one = {"type": "int8" if kind == T.INT8 else "uint8", "a": float(sa), "b": float(sb), "zeros": [za, zb, zc]}
        most = max(float(sa), float(sb))
        results = {"QLinearAdd": drawn(0.8 * most, 2.2 * most, n), "QLinearMul": drawn(0.02, 0.12, n)}
        a, b = (every - za).astype(float)[:, None], (every - zb).astype(float)[None]
        wide = [[256, 1], [1, 256]]
        for name, shapes in (("QLinearAdd", [[65536]] * 2), ("QLinearMul", [[65536]] * 2), ("QLinearAdd, broadcast", wide)):
            op = name.split(",")[0]
            sc = results[op]
            constants = {"sa": sa, "sb": sb, "sc": sc, "za": dtype(za), "zb": dtype(zb), "zc": dtype(zc)}
            order = ["a", "sa", "za", "b", "sb", "zb", "sc", "zc"]
            model = model_of(op, MS, [("a", kind, shapes[0]), ("b", kind, shapes[1])], constants, order, kind)
            left, right = (every, every) if shapes is wide else (np.repeat(every, 256), np.tile(every, 256))
            given = {"a": left.astype(dtype).reshape(shapes[0]), "b": right.astype(dtype).reshape(shapes[1])}
            got = session(model).run(None, given)[0].astype(int).reshape(256, 256)
            sa64, sb64, sc64 = float(sa), float(sb), float(sc)
            real = (a * sa64 + b * sb64) / sc64 if op == "QLinearAdd" else (a * b) * (sa64 * sb64) / sc64
            near = np.clip(np.rint(real) + zc, lo, lo + 255).astype(int)
            apart = [[int(every[i]), int(every[j]), int(got[i, j])] for i, j in np.argwhere(got != near)]
            one[name] = {"result": sc64, "apart": apart}
        sets.append(one)
    return sets


def byte(value, kind=T.INT8):
    return TYPES[kind](value)


def weights(shape, lo=-60, hi=60, dtype=np.int8):
    return rng.integers(lo, hi + 1, shape).astype(dtype)


def scales(count=None, lo=0.003, hi=0.02):
    return rng.uniform(lo, hi, count).astype(f32) if count else f32(rng.uniform(lo, hi))


def kernels():
    u8, s8 = T.UINT8, T.INT8
    x = {"sx": scales(), "zx": byte(131, u8), "sy": f32(0.31), "zy": byte(120, u8)}
    s = {"sx": scales(), "zx": byte(-7), "sy": f32(0.29), "zy": byte(11)}
    zeros = lambda n: np.zeros(n, np.int8)
    unary = lambda op, own, attributes={}: (op, MS, [("x", u8, [250])], {**x, **own}, ["x", "sx", "zx", "sy", "zy"], u8, attributes)
    bias = lambda n: rng.integers(-500, 501, n).astype(np.int32)
    conv = ["x", "sx", "zx", "w", "sw", "zw", "sy", "zy", "b"]
    pool = ["x", "sx", "zx", "sy", "zy"]
    return [
        ("QLinearConv", "", [("x", u8, [1, 3, 8, 8])], {**x, "sy": f32(0.9), "w": weights((4, 3, 3, 3)), "sw": scales(4), "zw": zeros(4), "b": bias(4)}, conv, u8, {"pads": [1, 1, 1, 1]}),
        ("QLinearConv", "", [("x", s8, [1, 3, 8, 8])], {**s, "sy": f32(0.7), "w": weights((4, 3, 3, 3)), "sw": scales(), "zw": byte(0), "b": bias(4)}, conv, s8, {"pads": [1, 1, 1, 1]}),
        ("QLinearMatMul", "", [("x", u8, [10, 12])], {**x, "w": weights((12, 10)), "sw": scales(10), "zw": zeros(10)}, conv[:-1], u8, {}),
        ("QGemm", MS, [("x", s8, [10, 12])], {**s, "w": weights((12, 10)), "sw": scales(10), "zw": zeros(10), "b": bias(10)}, ["x", "sx", "zx", "w", "sw", "zw", "b", "sy", "zy"], s8, {}),
        ("ConvInteger", "", [("x", u8, [1, 3, 8, 8])], {**x, "w": weights((4, 3, 3, 3), 0, 60, np.uint8), "zw": byte(31, u8)}, ["x", "w", "zx", "zw"], T.INT32, {"pads": [1, 1, 1, 1]}),
        ("MatMulInteger", "", [("x", u8, [10, 12])], {**x, "w": weights((12, 10)), "zw": byte(0)}, ["x", "w", "zx", "zw"], T.INT32, {}),
        ("QLinearAveragePool", MS, [("x", u8, [1, 4, 8, 8])], {**x, "sy": f32(0.006)}, pool, u8, {"kernel_shape": [3, 3], "pads": [1, 1, 1, 1]}),
        ("QLinearAveragePool", MS, [("x", u8, [1, 50, 4, 4])], {**x, "sx": f32(0.031), "sy": f32(0.002)}, pool, u8, {"kernel_shape": [4, 4]}),
        ("QLinearGlobalAveragePool", MS, [("x", s8, [1, 50, 8, 8])], {**s, "sx": f32(0.017), "sy": f32(0.002)}, pool, s8, {}),
        ("QLinearConcat", MS, [("x", u8, [100]), ("z", u8, [100])], {**x, "sy": f32(0.011), "sz": f32(0.017), "zz": byte(99, u8)}, ["sy", "zy", "x", "sx", "zx", "z", "sz", "zz"], u8, {"axis": 0}),
        unary("QLinearSigmoid", {"sx": f32(0.04), "sy": f32(1 / 250), "zy": byte(3, u8)}),
        unary("QLinearLeakyRelu", {"sx": f32(0.04), "sy": f32(0.023)}, {"alpha": 0.13}),
        ("QLinearSoftmax", MS, [("x", u8, [25, 10])], {**x, "sx": f32(0.03), "sy": f32(1 / 256), "zy": byte(0, u8)}, pool, u8, {"axis": -1, "opset": 13}),
        ("NhwcMaxPool", MS, [("x", s8, [1, 8, 8, 4])], {}, ["x"], s8, {"kernel_shape": [2, 2]}),
        ("QuantizeLinear", "", [("x", T.FLOAT, [250])], {**s, "sy": f32(0.013)}, ["x", "sy", "zy"], s8, {}),
        ("DequantizeLinear", "", [("x", s8, [250])], s, ["x", "sx", "zx"], T.FLOAT, {}),
    ]


with open(os.path.join(HERE, "pairs.json"), "w") as file:
    file.write("[\n" + ",\n".join(json.dumps(one) for one in pairs()) + "\n]\n")

listed, outputs = [], []
for k, (op, domain, inputs, constants, order, output, attributes) in enumerate(kernels()):
    used = {name: value for name, value in constants.items() if name in order}
    model = model_of(op, domain, inputs, used, order, output, attributes)
    run = session(model)
    got, sample = [], 0
    while sum(len(one) for one in got) < 10_000:
        given = {}
        for i, (name, kind, shape) in enumerate(inputs):
            drawn = numbers(1000 * k + 2 * sample + i, int(np.prod(shape)))
            values = (drawn - 32768) / 16384 if kind == T.FLOAT else (drawn >> 8) - (128 if kind == T.INT8 else 0)
            given[name] = values.astype(TYPES[kind]).reshape(shape)
        got.append(run.run(None, given)[0].reshape(-1))
        sample += 1
    all_ = np.concatenate(got)
    outputs.append(all_.tobytes())
    listed.append({"kernel": op, "samples": sample, "type": all_.dtype.name, "model": base64.b64encode(model).decode()})

with open(os.path.join(HERE, "kernels.json"), "w") as file:
    file.write("[\n" + ",\n".join(json.dumps(one) for one in listed) + "\n]\n")
with open(os.path.join(HERE, "kernels.bin"), "wb") as file:
    file.write(b"".join(outputs))
