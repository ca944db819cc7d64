"""Estimators of scikit-learn as skl2onnx writes them, and what onnxruntime answers: the models of docs/scikit-learn.md.

pip install scikit-learn==1.9.1 skl2onnx==1.20.0 onnxruntime; python test/models/pipelines/survey.py [NAME ...]
Writes survey/NAME.onnx and NAME.json (the data, the outputs of 100 rows) beside it; they are not kept in git.
"""
import json, sys, warnings
from pathlib import Path
import numpy as np, onnxruntime
warnings.filterwarnings("ignore")
from skl2onnx import to_onnx, update_registered_converter
from skl2onnx.common.data_types import FloatTensorType, Int64TensorType, StringTensorType, DoubleTensorType
from sklearn.pipeline import make_pipeline, make_union
from sklearn.compose import ColumnTransformer, make_column_transformer
from sklearn.preprocessing import *
from sklearn.svm import *
from sklearn.ensemble import *
from sklearn.tree import *
from sklearn.neighbors import *
from sklearn.naive_bayes import *
from sklearn.discriminant_analysis import *
from sklearn.linear_model import *
from sklearn.cross_decomposition import PLSRegression
from sklearn.multioutput import *
from sklearn.multiclass import *
from sklearn.calibration import CalibratedClassifierCV
from sklearn.neural_network import *
from sklearn.gaussian_process import *
from sklearn.decomposition import *
from sklearn.cluster import *
from sklearn.mixture import *
from sklearn.impute import *
from sklearn.feature_selection import *
from sklearn.feature_extraction.text import *
from sklearn.random_projection import *
here = Path(__file__).parent / "survey"
here.mkdir(exist_ok=True)
table = np.loadtxt(Path(__file__).parent / "../tables/wine.csv", delimiter=",", skiprows=1)
order = np.random.RandomState(0).permutation(len(table))
x = table[order][:, [0, 1, 6, 9, 12]].astype(np.float32)
x[:, 4] /= 100
k = table[order][:, -1].astype(int)
names = np.array(["Barolo", "Grignolino", "Barbera"])[k]
two = (k == 1).astype(int)
whole = np.floor(x)
target = table[order][:, 10].astype(float)
both = np.stack([target, table[order][:, 11]], 1)
S = StandardScaler
E = {}
def add(name, est, y, data=x, **kw): E[name] = (est, y, data, kw)
add("LinearSVC", make_pipeline(S(), LinearSVC()), names)
add("LinearSVC_binary", make_pipeline(S(), LinearSVC()), two)
for ker in ["linear", "poly", "rbf", "sigmoid"]:
    for p in [False, True]:
        add(f"SVC_{ker}{'_proba' if p else ''}", make_pipeline(S(), SVC(kernel=ker, probability=p, random_state=0)), names)
add("SVC_rbf_binary", make_pipeline(S(), SVC()), two)
add("SVC_rbf_binary_proba", make_pipeline(S(), SVC(probability=True, random_state=0)), two)
add("NuSVC", make_pipeline(S(), NuSVC(nu=0.3)), names)
add("NuSVC_proba", make_pipeline(S(), NuSVC(nu=0.3, probability=True, random_state=0)), names)
for ker in ["linear", "poly", "rbf", "sigmoid"]: add(f"SVR_{ker}", make_pipeline(S(), SVR(kernel=ker)), target)
add("NuSVR", make_pipeline(S(), NuSVR()), target)
add("LinearSVR", make_pipeline(S(), LinearSVR()), target)
add("OneClassSVM", make_pipeline(S(), OneClassSVM(nu=0.2)), None)
add("IsolationForest", IsolationForest(n_estimators=10, max_samples=32, random_state=0), None)
add("LocalOutlierFactor", LocalOutlierFactor(n_neighbors=5, novelty=True), None)
add("AdaBoost", AdaBoostClassifier(n_estimators=10, random_state=0), names)
add("AdaBoostRegressor", AdaBoostRegressor(n_estimators=5, random_state=0), target)
add("BaggingClassifier", BaggingClassifier(n_estimators=5, random_state=0), names)
add("BaggingRegressor", BaggingRegressor(n_estimators=5, random_state=0), target)
add("Bagging_LR", make_pipeline(S(), BaggingClassifier(LogisticRegression(), n_estimators=3, random_state=0)), names)
add("DecisionTree", DecisionTreeClassifier(random_state=0), names)
add("DecisionTree_binary", DecisionTreeClassifier(random_state=0), two)
add("RandomForest", RandomForestClassifier(10, random_state=0), names)
add("RandomForest_binary", RandomForestClassifier(10, random_state=0), two)
add("Scaler_RandomForest", make_pipeline(S(), RandomForestClassifier(10, random_state=0)), names)
add("MinMax_RandomForest", make_pipeline(MinMaxScaler(), RandomForestClassifier(10, random_state=0)), names)
add("Scaler_GradientBoosting", make_pipeline(S(), GradientBoostingClassifier(n_estimators=10, random_state=0)), names)
add("GradientBoosting_binary", GradientBoostingClassifier(n_estimators=10, random_state=0), two)
add("GradientBoosting_init_zero", GradientBoostingClassifier(n_estimators=10, init="zero", random_state=0), names)
add("GradientBoostingRegressor", GradientBoostingRegressor(n_estimators=10, random_state=0), target)
add("ExtraTrees", ExtraTreesClassifier(10, random_state=0), names)
add("ExtraTreesRegressor", ExtraTreesRegressor(10, max_depth=5, random_state=0), target)
add("ExtraTree", ExtraTreeClassifier(random_state=0), names)
add("HistGradientBoosting", HistGradientBoostingClassifier(max_iter=10), names)
add("HistGradientBoosting_binary", HistGradientBoostingClassifier(max_iter=10), two)
add("HistGradientBoostingRegressor", HistGradientBoostingRegressor(max_iter=10), target)
add("DecisionTreeRegressor", DecisionTreeRegressor(max_depth=5), target)
add("DecisionTreeRegressor_multi", DecisionTreeRegressor(max_depth=5), both)
add("RandomForestRegressor", RandomForestRegressor(5, max_depth=5), target)
add("RandomForest_multilabel", RandomForestClassifier(5, random_state=0), np.stack([k, two], 1))
add("MultiOutputRegressor", MultiOutputRegressor(Ridge()), both)
add("MultiOutputClassifier", MultiOutputClassifier(make_pipeline(S(), LogisticRegression())), np.stack([k, two], 1))
add("RegressorChain", RegressorChain(Ridge()), both)
add("KNNRegressor", make_pipeline(S(), KNeighborsRegressor(3)), target)
add("KNNRegressor_distance", make_pipeline(S(), KNeighborsRegressor(3, weights="distance")), target)
add("KNNClassifier_distance", make_pipeline(S(), KNeighborsClassifier(3, weights="distance")), names)
add("RadiusNeighbors", make_pipeline(S(), RadiusNeighborsClassifier(3.0)), names)
add("NearestCentroid", make_pipeline(S(), NearestCentroid()), names)
add("KNNImputer", make_pipeline(KNNImputer(), LogisticRegression(max_iter=1000)), names)
add("GaussianNB", GaussianNB(), names)
add("MultinomialNB", MultinomialNB(), names, whole)
add("ComplementNB", ComplementNB(), names, whole)
add("BernoulliNB", BernoulliNB(binarize=5.0), names)
add("CategoricalNB", CategoricalNB(), names, np.minimum(whole, 5))
add("LDA", LinearDiscriminantAnalysis(), names)
add("QDA", QuadraticDiscriminantAnalysis(), names)
for c in [LinearRegression, Ridge, Lasso, ElasticNet, BayesianRidge, ARDRegression, HuberRegressor, Lars, OrthogonalMatchingPursuit, TheilSenRegressor, SGDRegressor, QuantileRegressor]:
    add(c.__name__, make_pipeline(S(), c()), target)
add("PoissonRegressor", make_pipeline(S(), PoissonRegressor()), target)
add("GammaRegressor", make_pipeline(S(), GammaRegressor()), target)
add("TweedieRegressor", make_pipeline(S(), TweedieRegressor(power=1.5)), target)
add("Ridge_multi", Ridge(), both)
add("PLSRegression", PLSRegression(2), both)
add("RANSAC", RANSACRegressor(random_state=0), target)
add("PolynomialFeatures", make_pipeline(S(), PolynomialFeatures(2), LogisticRegression(max_iter=1000)), names)
add("SplineTransformer", make_pipeline(SplineTransformer(), LogisticRegression(max_iter=1000)), names)
for sc in [MinMaxScaler(), MinMaxScaler(clip=True), MaxAbsScaler(), RobustScaler(), KBinsDiscretizer(4), KBinsDiscretizer(4, encode="ordinal"), QuantileTransformer(n_quantiles=20), PowerTransformer(), PowerTransformer("box-cox"), Normalizer(), Binarizer(threshold=3), VarianceThreshold(), SelectKBest(k=3)]:
    n = type(sc).__name__ + ("_clip" if getattr(sc, "clip", False) else "") + ("_" + sc.encode if hasattr(sc, "encode") else "") + ("_boxcox" if getattr(sc, "method", "") == "box-cox" else "")
    d = x
    if "boxcox" in n: d = x + 1
    add(n, make_pipeline(sc, LogisticRegression(max_iter=2000)), names, d)
add("FunctionTransformer", make_pipeline(FunctionTransformer(), LogisticRegression(max_iter=2000)), names)
add("KBins_RandomForest", make_pipeline(KBinsDiscretizer(4, encode="ordinal"), RandomForestClassifier(5, random_state=0)), names)
add("OrdinalEncoder", make_pipeline(OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1), RandomForestClassifier(5, random_state=0)), names, whole)
add("TargetEncoder", make_pipeline(TargetEncoder(), LogisticRegression(max_iter=1000)), two, whole)
add("OneHotEncoder", make_pipeline(OneHotEncoder(handle_unknown="ignore", sparse_output=False), LogisticRegression()), names, whole)
add("VotingClassifier_hard", make_pipeline(S(), VotingClassifier([("a", LogisticRegression()), ("b", GaussianNB()), ("c", DecisionTreeClassifier(max_depth=3))])), names)
add("VotingClassifier_soft", make_pipeline(S(), VotingClassifier([("a", LogisticRegression()), ("b", RandomForestClassifier(5, max_depth=3, random_state=0))], voting="soft")), names)
add("VotingRegressor", make_pipeline(S(), VotingRegressor([("a", Ridge()), ("b", DecisionTreeRegressor(max_depth=3))])), target)
add("StackingClassifier", make_pipeline(S(), StackingClassifier([("a", LogisticRegression()), ("b", DecisionTreeClassifier(max_depth=3))])), names)
add("StackingRegressor", make_pipeline(S(), StackingRegressor([("a", Ridge()), ("b", DecisionTreeRegressor(max_depth=3))])), target)
add("Calibrated_sigmoid", make_pipeline(S(), CalibratedClassifierCV(LinearSVC())), names)
add("Calibrated_isotonic", make_pipeline(S(), CalibratedClassifierCV(LogisticRegression(), method="isotonic")), names)
add("Calibrated_binary", make_pipeline(S(), CalibratedClassifierCV(LinearSVC())), two)
add("OneVsRest", OneVsRestClassifier(make_pipeline(S(), LogisticRegression())), names)
add("OneVsRest_SVC", make_pipeline(S(), OneVsRestClassifier(SVC())), names)
add("OneVsOne", make_pipeline(S(), OneVsOneClassifier(LogisticRegression())), names)
add("OutputCode", make_pipeline(S(), OutputCodeClassifier(LogisticRegression(), random_state=0)), names)
add("MLPClassifier", make_pipeline(S(), MLPClassifier((8,), max_iter=2000, random_state=0)), names)
add("MLPClassifier_tanh_binary", make_pipeline(S(), MLPClassifier((8,), activation="tanh", max_iter=2000, random_state=0)), two)
add("MLPClassifier_logistic", make_pipeline(S(), MLPClassifier((8,), activation="logistic", max_iter=2000, random_state=0)), names)
add("MLPRegressor", make_pipeline(S(), MLPRegressor(hidden_layer_sizes=(8,), max_iter=2000, random_state=0)), target)
add("GPR", make_pipeline(S(), GaussianProcessRegressor(alpha=0.1)), target)
add("GPC", make_pipeline(S(), GaussianProcessClassifier()), two)
add("TruncatedSVD", make_pipeline(S(), TruncatedSVD(3), LogisticRegression()), names)
add("PCA", make_pipeline(S(), PCA(3), LogisticRegression()), names)
add("PCA_whiten_RF", make_pipeline(S(), PCA(3, whiten=True), RandomForestClassifier(5, random_state=0)), names)
add("KernelPCA", make_pipeline(S(), KernelPCA(3, kernel="rbf"), LogisticRegression()), names)
add("IncrementalPCA", make_pipeline(S(), IncrementalPCA(3), LogisticRegression()), names)
add("FastICA", make_pipeline(S(), FastICA(3, random_state=0)), None)
add("NMF", NMF(3), None)
add("FactorAnalysis", FactorAnalysis(3), None)
add("RandomProjection", make_pipeline(S(), GaussianRandomProjection(3, random_state=0), LogisticRegression()), names)
add("PCA_transform", make_pipeline(S(), PCA(3)), None)
add("StandardScaler_transform", S(), None)
add("KMeans", make_pipeline(S(), KMeans(3, random_state=0, n_init=3)), None)
add("MiniBatchKMeans", make_pipeline(S(), MiniBatchKMeans(3, random_state=0)), None)
add("GaussianMixture", GaussianMixture(3, random_state=0), None)
add("GaussianMixture_diag", GaussianMixture(3, covariance_type="diag", random_state=0), None)
add("BayesianGaussianMixture", BayesianGaussianMixture(n_components=3, random_state=0), None)
add("LogisticRegression", make_pipeline(S(), LogisticRegression()), names)
add("LogisticRegression_binary", make_pipeline(S(), LogisticRegression()), two)
add("LogisticRegression_ovr_liblinear", make_pipeline(S(), OneVsRestClassifier(LogisticRegression(solver="liblinear"))), k)
add("LogisticRegressionCV", make_pipeline(S(), LogisticRegressionCV()), names)
add("SGDClassifier", make_pipeline(S(), SGDClassifier(random_state=0)), names)
add("SGDClassifier_log", make_pipeline(S(), SGDClassifier(loss="log_loss", random_state=0)), names)
add("SGDClassifier_huber", make_pipeline(S(), SGDClassifier(loss="modified_huber", random_state=0)), names)
add("Perceptron", make_pipeline(S(), Perceptron()), names)
add("PassiveAggressive", make_pipeline(S(), PassiveAggressiveClassifier(random_state=0)), names)
add("RidgeClassifier", make_pipeline(S(), RidgeClassifier()), names)
add("RidgeClassifier_binary", make_pipeline(S(), RidgeClassifier()), two)
add("IsotonicLike_ColumnTransformer", make_pipeline(ColumnTransformer([("a", S(), [0, 1]), ("b", MinMaxScaler(), [2, 3]), ("c", "passthrough", [4])]), RandomForestClassifier(5, random_state=0)), names)
add("ColumnTransformer_onehot", make_pipeline(ColumnTransformer([("a", S(), [0, 1, 2]), ("b", OneHotEncoder(handle_unknown="ignore", sparse_output=False), [3, 4])]), GradientBoostingClassifier(n_estimators=5, max_depth=2, random_state=0)), names, np.concatenate([x[:, :3], whole[:, 3:]], 1))
add("FeatureUnion", make_pipeline(make_union(S(), PCA(2)), LogisticRegression(max_iter=1000)), names)
add("Imputer_Scaler_RF", make_pipeline(SimpleImputer(), S(), RandomForestClassifier(5, random_state=0)), names)
add("Imputer_number_Scaler_RF", make_pipeline(SimpleImputer(missing_values=-1.0), S(), RandomForestClassifier(5, random_state=0)), names, np.where(np.random.RandomState(1).rand(*x.shape) < 0.1, -1, x).astype(np.float32))
add("MissingIndicator", make_pipeline(make_union(SimpleImputer(), MissingIndicator(features="all")), DecisionTreeClassifier(max_depth=3)), names)
add("DecisionTree_int64", DecisionTreeClassifier(random_state=0), names, whole.astype(np.int64))
add("Scaler_RF_int64", make_pipeline(S(), RandomForestClassifier(5, random_state=0)), names, whole.astype(np.int64))
add("LogisticRegression_int64", make_pipeline(S(), LogisticRegression()), names, whole.astype(np.int64))
add("Scaler_RF_double", make_pipeline(S(), RandomForestClassifier(5, random_state=0)), names, x.astype(np.float64))
add("RF_double", RandomForestClassifier(5, random_state=0), names, x.astype(np.float64))
add("LogisticRegression_double", make_pipeline(S(), LogisticRegression()), names, x.astype(np.float64))

def typ(d, batch):
    shape = [batch, d.shape[1]]
    return {np.dtype(np.float32): FloatTensorType, np.dtype(np.float64): DoubleTensorType, np.dtype(np.int64): Int64TensorType}[d.dtype](shape)
only = set(sys.argv[1:])
index = {}
for name, (est, y, data, kw) in E.items():
    if only and name not in only: continue
    entry = {}
    try:
        t = slice(100, None)
        fx = data[t].astype(np.float64) if data.dtype != np.int64 else data[t]
        est.fit(fx, y[t]) if y is not None else est.fit(fx)
    except Exception as e:
        index[name] = {"fit": str(e)[:200]}; print(name, "FIT", str(e)[:150]); continue
    try:
        m = to_onnx(est, initial_types=[("input", typ(data, None))], target_opset={"": 17, "ai.onnx.ml": 3})
    except Exception as e:
        index[name] = {"convert": str(e).strip()[:300]}; print(name, "CONVERT", str(e).strip()[:150].replace("\n", " ")); continue
    try:
        (here / f"{name}.onnx").write_bytes(m.SerializeToString())
        s = onnxruntime.InferenceSession(m.SerializeToString())
        outs = [o.name for o in s.get_outputs()]
        rows = []
        for row in data[:100]:
            got = s.run(None, {"input": row[None]})
            vals = []
            for v in got:
                if isinstance(v, list) and v and isinstance(v[0], dict): v = list(v[0].values())
                elif isinstance(v, list): v = np.concatenate([np.asarray(q).ravel() if not (isinstance(q, list) and q and isinstance(q[0], dict)) else np.array(list(q[0].values())) for q in v])
                vals.append([q if isinstance(q, str) else float(q) for q in np.asarray(v, dtype=object).ravel().tolist()])
            rows.append(vals)
        index[name] = {"outs": outs, "dtype": str(data.dtype), "ops": sorted({n.op_type for n in m.graph.node})}
        (here / f"{name}.json").write_text(json.dumps({"outs": outs, "dtype": str(data.dtype), "x": data[:100].astype(float).ravel().tolist(), "rows": rows}))
    except Exception as e:
        index[name] = {"ort": str(e)[:300]}; print(name, "ORT", str(e)[:150])
p = here / "index.json"
old = json.loads(p.read_text()) if p.exists() and only else {}
old.update(index)
p.write_text(json.dumps(old, indent=0))
print(len(index), "done")
