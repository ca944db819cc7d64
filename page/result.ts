// What a proof shows, on the page.
import type { Checked, Model, Value } from './messages.js';
import { decision, numbers, outputTable } from './outputs.js';

const $ = (id: string): HTMLElement => document.getElementById(id)!;

/**
 * @param decides by the name of an output
 * @param picture draws an input where the model takes pictures
 */
export function show(
  checked: Checked,
  decides: Model['decides'],
  picture: ((canvas: HTMLCanvasElement, values: readonly number[]) => void) | undefined,
): void {
  $('result').hidden = false;
  const verdict = $('verdict');
  verdict.className = checked.valid ? 'good' : 'bad';
  const list = $('checks');
  list.replaceChildren();
  const line = (text: string): void => list.append(Object.assign(document.createElement('li'), { textContent: text }));
  $('tables').replaceChildren();
  $('inputs').replaceChildren();
  if (!checked.valid) {
    verdict.textContent = `Refused: ${checked.reason}`;
    line('This is no proof of an answer of this model.');
    return;
  }
  const said = checked.outputs.map((one) => decision(one, decides.get(one.name))).filter((one) => one !== undefined);
  verdict.textContent = said.length === 0 ? 'Valid' : `Valid: ${said.join('; ')}`;
  line('This page verified the proof without the model.');
  line(chainLine(checked.chain));
  for (const one of checked.outputs) $('tables').append(outputTable(one, decides.get(one.name)));
  for (const one of checked.inputs) $('inputs').append(provedInput(one, picture));
  if (checked.inputs.length === 0) line('The input stays hidden: the proof shows outputs only.');
}

const chainLine = (chain: { readonly accepted: boolean; readonly gas: number } | null): string =>
  chain === null
    ? 'There is no contract in this page for keys of the plain argument: inferproof export-solidity writes theirs.'
    : chain.accepted
      ? `A contract in an Ethereum virtual machine in this page accepted it, for ${chain.gas.toLocaleString('en-US')} gas.`
      : 'A contract in an Ethereum virtual machine in this page refused it: please report this.';

/** As a picture where the model takes one. */
function provedInput(
  { name, values }: Value,
  picture: ((canvas: HTMLCanvasElement, values: readonly number[]) => void) | undefined,
): HTMLElement {
  const figure = document.createElement('figure');
  const caption = document.createElement('figcaption');
  caption.textContent =
    picture === undefined
      ? `The proof shows '${name}', ${numbers(values)}`
      : `The proof shows '${name}', which this picture is made of`;
  if (picture !== undefined) {
    const canvas = document.createElement('canvas');
    canvas.setAttribute('role', 'img');
    canvas.setAttribute('aria-label', `The input ${name} as a picture`);
    picture(canvas, values);
    figure.append(canvas);
  }
  figure.append(caption);
  return figure;
}
