"""Models of PyTorch and Keras as their exporters write them, by the lines of docs/frameworks.md, and what the frameworks answer.

pip install torch==2.14.1 onnx==1.23.2 onnxscript==0.7.2 keras==3.15.1; python test/models/frameworks/make.py
Writes a folder a model, with 40 samples and the framework's outputs in expected.json; lines.json has the lines that were run.
"""
import json
import os
import re
import shutil
import tempfile
from pathlib import Path

os.environ["KERAS_BACKEND"] = "torch"
import keras
import onnx
import torch
from keras import layers as K
from torch import nn

here = Path(__file__).parent
page = (here / "../../../docs/frameworks.md").read_text()
DYNAMO, SCRIPT, KERAS = blocks = re.findall(r"^```python\n(.*?)^```$", page, re.M | re.S)
COUNT = 40
torch.manual_seed(0)
keras.utils.set_random_seed(0)


class Last(nn.Module):
    def __init__(self, cells):
        super().__init__()
        self.cells, self.out = cells, nn.Linear(4, 3)

    def forward(self, x):
        return self.out(self.cells(x)[0][:, -1])


class Words(nn.Module):
    """Tokens, a learned position, a TransformerEncoderLayer."""

    def __init__(self):
        super().__init__()
        self.words, self.places = nn.Embedding(12, 8), nn.Parameter(torch.randn(4, 8) / 4)
        self.layer, self.out = nn.TransformerEncoderLayer(8, 2, 8, batch_first=True), nn.Linear(8, 3)

    def forward(self, x):
        return self.out(self.layer(self.words(x) + self.places).mean(1))


def cnn():
    model = nn.Sequential(
        nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2), nn.Dropout(0.2),
        nn.Conv2d(4, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 3),
    )
    model(torch.rand(64, 1, 8, 8))  # in training mode: the statistics of BatchNorm are no longer 0 and 1
    return model


mlp = lambda: nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Dropout(0.2), nn.Linear(16, 3))
short = lambda x: torch.round(x, decimals=3)  # for a small file
rows, pictures, series = short(torch.randn(COUNT, 8)), short(torch.rand(COUNT, 1, 8, 8)), short(torch.randn(COUNT, 4, 3))
words = torch.randint(0, 12, (COUNT, 4))
models = {
    "torch_mlp": (DYNAMO, mlp(), rows),
    "torch_mlp_batch": (SCRIPT, mlp(), rows),
    "torch_cnn": (DYNAMO, cnn(), pictures),
    "torch_cnn_batch": (SCRIPT, cnn(), pictures),
    "torch_words": (DYNAMO, Words(), words),
    "torch_words_batch": (SCRIPT, Words(), words),
    "torch_lstm": (DYNAMO, Last(nn.LSTM(3, 4, batch_first=True)), series),
    "torch_gru_batch": (SCRIPT, Last(nn.GRU(3, 4, batch_first=True)), series),
    "keras_mlp": (KERAS, keras.Sequential([K.Input((8,)), K.Dense(8, activation="relu"), K.Dropout(0.2), K.Dense(3, activation="softmax")]), rows),
    "keras_cnn": (KERAS, keras.Sequential([
        K.Input((8, 8, 1)), K.Conv2D(4, 3, padding="same"), K.BatchNormalization(), K.ReLU(), K.MaxPooling2D(), K.Conv2D(4, 3, activation="relu"),
        K.Flatten(), K.Dense(3),
    ]), pictures.permute(0, 2, 3, 1)),
    "keras_gru": (KERAS, keras.Sequential([K.Input((3, 3)), K.GRU(4), K.Dense(3)]), series[:, :3]),
}  # fmt: skip

for name, (lines, model, x) in models.items():
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        given = x.numpy() if lines is KERAS else x
        if lines is SCRIPT:
            model.eval()
        exec(lines, {"model": model, "x": given, "torch": torch})
        with torch.no_grad():
            y = model(given, training=False) if lines is KERAS else model(given)
        target = here / name
        target.mkdir(exist_ok=True)
        file = onnx.load("model.onnx", load_external_data=False)
        for part in [file.graph, *file.graph.node, *file.graph.value_info]:
            del part.metadata_props[:]  # where each node stood in whose Python: most of the file
        onnx.save(file, target / "model.onnx")
        if Path("model.onnx.data").exists():
            shutil.copy("model.onnx.data", target)
        number = lambda values: [round(v, 5) for v in values.double().flatten().tolist()]
        expected = {"x": number(x), "y": number(y.detach())}
        (target / "expected.json").write_text(json.dumps(expected, separators=(",", ":")) + "\n")
(here / "lines.json").write_text(json.dumps(blocks, indent=2) + "\n")
