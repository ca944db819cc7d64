// Every layer with all its figures, for who wants to look one up.
import type { LayerReport } from '../compiler/index.js';
import { count, percent, real, shape } from './figures.js';
import { html, table, type Html } from './html.js';

/** Layers that are listed; report.json has the rest. */
const MOST = 1000;

export function layersSection(layers: readonly LayerReport[]): Html {
  const figure = true;
  const columns = [
    { title: 'layer' },
    { title: 'number', figure },
    { title: 'reads', figure },
    { title: 'operator' },
    { title: 'primitive' },
    { title: 'shape' },
    { title: 'bits', figure },
    { title: 'shift', figure },
    { title: 'weights', figure },
    { title: 'gadgets' },
    { title: 'rows', figure },
    { title: 'largest error', figure },
    { title: 'range error', figure },
  ];
  const rows = layers
    .slice(0, MOST)
    .map((layer, i) => [
      layer.name,
      String(i),
      layer.reads.length === 0 ? '-' : layer.reads.join(', '),
      [...layer.through, layer.operator].join(', '),
      layer.primitive,
      shape(layer.shape).replaceAll('x', ' × '),
      String(layer.bits),
      layer.shift === null ? '-' : String(layer.shift),
      count(layer.terms),
      layer.gadgets.length === 0 ? '-' : layer.gadgets.join(', '),
      count(layer.rows),
      real(layer.maxError),
      percent(layer.rangeError),
    ]);
  const more = layers.length > MOST ? ` The first ${count(MOST)} of ${count(layers.length)}; report.json has all.` : '';
  return html`<section>
    <h2>Every layer</h2>
    <details>
      <summary>Show the table of ${count(layers.length)} layers</summary>
      <p>
        A layer is a tensor of the circuit; a node may have several. Its weights are the coefficients by which it reads
        other layers.${more}
      </p>
      ${table('Layers', columns, rows)}
    </details>
  </section>`;
}
