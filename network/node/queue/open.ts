// The queue of a node: provers of this machine, or workers behind Redis.
import { availableParallelism } from 'node:os';
import type { NodeConfig } from '../config.js';
import type { Log } from '../log.js';
import type { Metrics } from '../metrics.js';
import type { Served } from '../models.js';
import { redisQueue } from './bullmq.js';
import { localQueue } from './local.js';
import type { Queue } from './queue.js';

/** Models of more committed wires keep every core busy alone. */
const SMALL = 2 ** 14;

/**
 * @param read models of the configuration
 * @param left models that left it, of which answers were promised
 */
export function openQueue(
  config: Pick<NodeConfig, 'queue' | 'workers'>,
  read: readonly Served[],
  left: readonly Served[],
  { metrics, log }: { readonly metrics: Metrics; readonly log: Log },
): Promise<Queue> {
  const all = [...read, ...left];
  const models = new Map(all.map((served) => [served.modelId, served]));
  const cores = availableParallelism();
  const own = (workers: number): Queue =>
    localQueue({
      workers,
      threads: Math.min(64, Math.max(1, Math.floor(cores / workers))),
      folderOf: (model) => models.get(model)!.folder,
      onDeath: (why) => {
        metrics.deadProvers.inc();
        log.error({ why }, 'a prover process died');
      },
    });
  if (config.queue) {
    const mine = left.map(({ modelId }) => modelId);
    return redisQueue({ url: config.queue.redis, models, mine, open: () => own(1), log });
  }
  return Promise.resolve(own(config.workers ?? (all.every(({ vkey }) => vkey.committed < SMALL) ? cores : 1)));
}
