// A page of your own: the key is loaded once and kept, a click makes a proof, and the page verifies it. The README says how it is built
// and served.
import { decodeCircuit } from 'inferproof/compiler';
import { fetchKey, openProver } from 'inferproof/prover';
import { parseVerificationKey, verify } from 'inferproof/verifier';

const button = document.querySelector<HTMLButtonElement>('#prove')!;
const bar = document.querySelector('progress')!;
const said = document.querySelector('#said')!;
const load = (name: string): Promise<Response> => fetch(name);

const circuit = decodeCircuit(await (await load('circuit.json')).text(), 'circuit.json');
const vkey = parseVerificationKey(await (await load('vkey.json')).json());
const digit = (await (await load('digit.json')).json()) as { readonly input_data: readonly [readonly number[]] };

// a new key needs a new name: what is kept under a name is not looked at again
const key = await fetchKey('proving.key', {
  keep: 'digits, key 1',
  onProgress: (loaded, total) => (bar.value = loaded / (total ?? loaded)),
});
const prover = await openProver(circuit, key, vkey);
button.disabled = false;

button.addEventListener('click', () => {
  const samples = { count: 1, inputs: { [circuit.inputs[0].name]: Float64Array.from(digit.input_data[0]) } };
  void prover
    .prove(samples, { onProgress: (_, done, total) => (bar.value = total === 0 ? 0 : done / total) })
    .then(({ proof, seconds }) => {
      const answer = verify(vkey, proof, { allowInsecureKey: true });
      if (!answer.valid) throw new Error(answer.reason);
      const [scores] = Object.values(answer.outputs);
      const place = scores.floats.indexOf(Math.max(...scores.floats));
      said.textContent = `proved in ${seconds.toFixed(1)} s: a ${place}`;
    })
    .catch((error: unknown) => (said.textContent = String(error)));
});
