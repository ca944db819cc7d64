// A digit drawn in text: two pixel rows per line, as half blocks.

const SIDE = 28;

export function drawDigit(pixels: Float64Array): string[] {
  const lit = (row: number, column: number) => pixels[row * SIDE + column] > 0.4;
  const lines: string[] = [];
  for (let row = 0; row < SIDE; row += 2) {
    let line = '';
    for (let column = 0; column < SIDE; column++) {
      const [upper, lower] = [lit(row, column), lit(row + 1, column)];
      line += upper ? (lower ? '█' : '▀') : lower ? '▄' : ' ';
    }
    lines.push(line.trimEnd());
  }
  const drawn = lines.map((line) => line !== '');
  return lines.slice(Math.max(drawn.indexOf(true), 0), drawn.lastIndexOf(true) + 1);
}
