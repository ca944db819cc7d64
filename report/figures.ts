// Figures as people read them, in a terminal and on a page.

/** 1234567 -> "1,234,567" */
export const count = (n: number): string => n.toLocaleString('en-US', { maximumFractionDigits: 0 });

/** A whole number of things: "1 row", "2 rows". */
export const plural = (n: number, noun: string): string => `${count(n)} ${noun}${n === 1 ? '' : 's'}`;

/** Bytes in binary multiples: "1.5 MiB". */
export function bytes(n: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let unit = 0;
  while (n >= 1024 && unit < units.length - 1) [n, unit] = [n / 1024, unit + 1];
  return `${unit === 0 || n >= 100 ? n.toFixed(0) : n.toFixed(1)} ${units[unit]}`;
}

/** A duration: "38 ms", "1.25 s", "2 min 05 s". */
export function duration(seconds: number): string {
  if (seconds < 0.9995) return `${(seconds * 1000).toFixed(0)} ms`;
  if (seconds < 99.95) return `${seconds.toFixed(seconds < 9.995 ? 2 : 1)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`;
}

/** A real number at reading precision: four significant digits, "-" for null. */
export const real = (x: number | null): string => (x === null ? '-' : String(Number(x.toPrecision(4))));

/** A share: 0.9954 -> "99.54 %", "-" for null. */
export const percent = (x: number | null): string => (x === null ? '-' : `${Number((100 * x).toFixed(2))} %`);

/** [1, 1, 28, 28] -> "1x1x28x28"; a scalar is "1". */
export const shape = (dims: readonly number[]): string => (dims.length === 0 ? '1' : dims.join('x'));
