"""Pipelines of scikit-learn as skl2onnx writes them, with string labels and ZipMap, and what onnxruntime answers.

pip install scikit-learn==1.9.1 skl2onnx==1.20.0 onnxruntime; python test/models/pipelines/make.py
Data: five columns of ../tables/wine.csv (UCI Wine, CC BY 4.0). Writes NAME.onnx and expected.json beside it.
"""
import json
from pathlib import Path

import numpy as np
import onnxruntime
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType
from sklearn.cluster import KMeans
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.discriminant_analysis import QuadraticDiscriminantAnalysis
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder, StandardScaler
from sklearn.svm import SVC

here = Path(__file__).parent
table = np.loadtxt(here / "../tables/wine.csv", delimiter=",", skiprows=1)
order = np.random.RandomState(0).permutation(len(table))
x = table[order][:, [0, 1, 6, 9, 12]].astype(np.float32)
x[:, 4] /= 100
cultivars = np.array(["Barolo", "Grignolino", "Barbera"])[table[order][:, -1].astype(int)]
whole = np.floor(x)
missing = x.copy()
missing[np.random.RandomState(1).rand(*x.shape) < 0.1] = -1

tables = {"wine": x, "whole": whole, "missing": missing}
pipelines = {
    "scaler_svc": ("wine", make_pipeline(StandardScaler(), SVC(kernel="rbf"))),
    "scaler_svc_poly": ("wine", make_pipeline(StandardScaler(), SVC(kernel="poly", degree=3, probability=True, random_state=0))),
    "imputer_forest": ("wine", make_pipeline(SimpleImputer(), RandomForestClassifier(10, max_depth=4, random_state=0))),
    "missing_forest": ("missing", make_pipeline(SimpleImputer(missing_values=-1.0), RandomForestClassifier(5, max_depth=3, random_state=0))),
    "onehot_boosting": ("whole", make_pipeline(OneHotEncoder(handle_unknown="ignore", sparse_output=False), GradientBoostingClassifier(n_estimators=5, max_depth=2, random_state=0))),
    "pca_logistic": ("wine", make_pipeline(StandardScaler(), PCA(3), LogisticRegression())),
    "scaler_kmeans": ("wine", make_pipeline(StandardScaler(), KMeans(3, random_state=0, n_init=3))),
    "scaler_knn": ("wine", make_pipeline(StandardScaler(), KNeighborsClassifier(5))),
    "columns_forest": ("wine", make_pipeline(ColumnTransformer([("a", StandardScaler(), [0, 3]), ("b", MinMaxScaler(), [1, 2]), ("c", "passthrough", [4])]), RandomForestClassifier(10, random_state=0))),
    "gaussian_nb": ("wine", GaussianNB()),
    "qda": ("wine", QuadraticDiscriminantAnalysis()),
    "scaler_mlp": ("wine", make_pipeline(StandardScaler(), MLPClassifier((8,), max_iter=2000, random_state=0))),
}

expected = {}
for name, (of, pipeline) in pipelines.items():
    data = tables[of]
    train = slice(100, 140) if "knn" in name else slice(100, None)
    pipeline.fit(data[train].astype(np.float64), cultivars[train])
    model = to_onnx(pipeline, initial_types=[("input", FloatTensorType([1, data.shape[1]]))], target_opset={"": 17, "ai.onnx.ml": 3})
    (here / f"{name}.onnx").write_bytes(model.SerializeToString())
    session = onnxruntime.InferenceSession(model.SerializeToString())
    labels, scores = [], []
    for row in data[:100]:
        label, score = session.run(None, {"input": row[None]})
        first = np.asarray(label).ravel()[0]
        labels.append(first if isinstance(first, str) else int(first))
        values = list(score[0].values()) if isinstance(score[0], dict) else score[0].tolist()
        scores.append([round(float(v), 6) for v in values])
    expected[name] = {"table": of, "labels": labels, "scores": scores}
inputs = {of: [float(f"{v:.9g}") for v in data[:100].ravel().tolist()] for of, data in tables.items()}
lines = [f'"{name}":{json.dumps(one, separators=(",", ":"))}' for group in (inputs, expected) for name, one in group.items()]
(here / "expected.json").write_text("{" + ",\n".join(lines) + "}\n")
