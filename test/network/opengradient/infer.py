# OpenGradient's own SDK, as it is installed: one inference of a model behind our contract. Arguments: RPC, contract, node, key, name of the
# model, and a file with the tensor's name, shape and values. Prints the transaction and the outputs, whose floats JSON keeps whole.
import json, sys
import numpy as np
import opengradient as og

rpc, contract, api, key, cid, path = sys.argv[1:]
tensor = json.load(open(path))
x = np.array(tensor['values'], dtype=np.float64).reshape(tensor['shape'])
alpha = og.Alpha(private_key=key, rpc_url=rpc, inference_contract_address=contract, api_url=api)
result = alpha.infer(cid, og.InferenceMode.ZKML, {tensor['name']: x})
outputs = {name: [float(v) for v in value.flatten()] for name, value in result.model_output.items()}
print(json.dumps({'transaction': result.transaction_hash, 'outputs': outputs}))
