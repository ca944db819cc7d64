// A picture to draw on, with a pointer or with the keyboard: arrows move a cursor, space draws, backspace erases.
import type { Picture } from 'inferproof/files';

export interface Board {
  /** Gray values of 0 to 255. */
  readonly picture: () => Picture;
  /** Shows values that are scaled to 0 .. 255 already; colours where `channels` is 3. */
  readonly show: (rgba: Uint8ClampedArray<ArrayBuffer>) => void;
  readonly clear: () => void;
}

/**
 * @param editable whether it can be drawn on
 * @param changed called after each stroke
 */
export function board(
  canvas: HTMLCanvasElement,
  { width, height }: { readonly width: number; readonly height: number },
  editable: boolean,
  changed: () => void,
): Board {
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext('2d', { willReadFrequently: true })!;
  const radius = Math.max(0.7, width / 22);
  const clear = (): void => {
    context.fillStyle = '#000';
    context.fillRect(0, 0, width, height);
  };
  clear();
  const line = (from: readonly [number, number], to: readonly [number, number]): void => {
    context.strokeStyle = '#fff';
    context.lineCap = 'round';
    context.lineWidth = 2 * radius;
    context.beginPath();
    context.moveTo(from[0], from[1]);
    context.lineTo(to[0] + 0.01, to[1]);
    context.stroke();
    changed();
  };
  if (editable) {
    byPointer(canvas, line);
    byKeyboard(canvas, width, height, line, ([x, y]) => {
      context.fillStyle = '#000';
      context.fillRect(x - radius, y - radius, 2 * radius, 2 * radius);
      changed();
    });
  }
  return {
    picture: () => ({ width, height, full: 255, rgba: gray(context.getImageData(0, 0, width, height).data) }),
    show: (rgba) => context.putImageData(new ImageData(rgba, width, height), 0, 0),
    clear,
  };
}

/** Smooth strokes may come out with channels that differ by one. */
function gray(rgba: Uint8ClampedArray): Uint8ClampedArray {
  for (let i = 0; i < rgba.length; i += 4) rgba[i + 1] = rgba[i + 2] = rgba[i];
  return rgba;
}

type Line = (from: readonly [number, number], to: readonly [number, number]) => void;

function byPointer(canvas: HTMLCanvasElement, line: Line): void {
  let last: readonly [number, number] | undefined;
  const at = (event: PointerEvent): readonly [number, number] => {
    const box = canvas.getBoundingClientRect();
    return [
      ((event.clientX - box.left) / box.width) * canvas.width,
      ((event.clientY - box.top) / box.height) * canvas.height,
    ];
  };
  canvas.addEventListener('pointerdown', (event) => {
    canvas.setPointerCapture(event.pointerId);
    last = at(event);
    line(last, last);
  });
  canvas.addEventListener('pointermove', (event) => {
    if (last === undefined) return;
    const here = at(event);
    line(last, here);
    last = here;
  });
  for (const end of ['pointerup', 'pointercancel'] as const) canvas.addEventListener(end, () => (last = undefined));
}

const MOVES: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

function byKeyboard(
  canvas: HTMLCanvasElement,
  width: number,
  height: number,
  line: Line,
  erase: (at: readonly [number, number]) => void,
): void {
  const cursor = document.getElementById('cursor')!;
  const said = document.getElementById('place')!;
  canvas.addEventListener('pointerdown', () => cursor.classList.remove('moved'));
  let [x, y] = [width >> 1, height >> 1];
  const place = (): void => {
    cursor.style.left = `${(100 * (x + 0.5)) / width}%`;
    cursor.style.top = `${(100 * (y + 0.5)) / height}%`;
  };
  place();
  canvas.addEventListener('keydown', (event) => {
    const move = MOVES[event.key];
    if (move === undefined && event.key !== ' ' && event.key !== 'Backspace') return;
    event.preventDefault();
    const from = [x + 0.5, y + 0.5] as const;
    if (move !== undefined) {
      x = Math.min(width - 1, Math.max(0, x + move[0]));
      y = Math.min(height - 1, Math.max(0, y + move[1]));
      if (event.shiftKey) line(from, [x + 0.5, y + 0.5]);
    } else if (event.key === ' ') line(from, from);
    else erase(from);
    place();
    cursor.classList.add('moved'); // Firefox: what a pointer focused stays without :focus-visible
    said.textContent = `column ${x + 1} of ${width}, row ${y + 1} of ${height}`;
  });
}
