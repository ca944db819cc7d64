// A key that is kept may be of another setup, or damaged where it was kept: then it is loaded once more, and only then.

const OF_THE_KEY: readonly unknown[] = ['format', 'mismatch'];

/**
 * Tries with what is kept; where that is wrong, forgets it and tries once more.
 * @param attempt `fresh`: past what is kept
 */
export async function withKept<Made>(
  attempt: (fresh: boolean) => Promise<Made>,
  forget: () => Promise<void>,
): Promise<Made> {
  try {
    return await attempt(false);
  } catch (error) {
    if (!OF_THE_KEY.includes((error as { readonly code?: unknown } | null)?.code)) throw error;
  }
  await forget();
  return attempt(true);
}
