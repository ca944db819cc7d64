// Who holds how many bytes: blocks that a token sent and that nobody pinned yet, and blocks of its pins, each once.

export interface Quota {
  /** Whether the blocks fit into what the owner may hold; if not, none is counted. `anyway`: they are here already. */
  readonly add: (owner: string, blocks: Iterable<readonly [cid: string, bytes: number]>, anyway?: boolean) => boolean;
  /** Takes back what one `add` counted. */
  readonly remove: (owner: string, cids: Iterable<string>) => void;
  /** Bytes. */
  readonly held: (owner: string) => number;
  /** Bytes that still fit. */
  readonly left: (owner: string) => number;
}

interface Holding {
  bytes: number;
  readonly blocks: Map<string, { readonly bytes: number; times: number }>;
}

/** @param limits bytes by owner */
export function openQuota(limits: ReadonlyMap<string, number>): Quota {
  const holdings = new Map<string, Holding>();
  const of = (owner: string): Holding => {
    const known = holdings.get(owner) ?? { bytes: 0, blocks: new Map() };
    holdings.set(owner, known);
    return known;
  };
  return {
    add: (owner, blocks, anyway = false) => {
      const holding = of(owner);
      const list = [...blocks];
      const fresh = new Map(list.filter(([cid]) => !holding.blocks.has(cid)));
      const more = [...fresh.values()].reduce((sum, bytes) => sum + bytes, 0);
      if (!anyway && holding.bytes + more > (limits.get(owner) ?? 0)) return false;
      holding.bytes += more;
      for (const [cid, bytes] of list) {
        const known = holding.blocks.get(cid);
        if (known) known.times++;
        else holding.blocks.set(cid, { bytes, times: 1 });
      }
      return true;
    },
    remove: (owner, cids) => {
      const holding = of(owner);
      for (const cid of cids) {
        const known = holding.blocks.get(cid);
        if (known === undefined || --known.times > 0) continue;
        holding.blocks.delete(cid);
        holding.bytes -= known.bytes;
      }
    },
    held: (owner) => of(owner).bytes,
    left: (owner) => Math.max(0, (limits.get(owner) ?? 0) - of(owner).bytes),
  };
}
