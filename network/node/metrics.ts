// What a node counts, by the names that its alarms go by.
import { Counter, Gauge, Histogram, Registry } from 'prom-client';

export type Metrics = ReturnType<typeof openMetrics>;

export function openMetrics() {
  const registry = new Registry();
  const registers = [registry];
  const gauge = (name: string, help: string) => new Gauge({ name, help, registers });
  return {
    registry,
    answers: new Counter({ name: 'answers_total', help: 'answers by status', labelNames: ['model', 'want', 'code'], registers }), // prettier-ignore
    answerSeconds: new Histogram({ name: 'answer_seconds', help: 'seconds of an answer', buckets: [0.005, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 60], registers }), // prettier-ignore
    proveSeconds: new Histogram({ name: 'prove_seconds', help: 'seconds of a proof', buckets: [0.1, 0.3, 1, 3, 10, 30, 100], registers }), // prettier-ignore
    queueJobs: gauge('queue_jobs', 'proofs that wait or are being made'),
    proversReady: gauge('provers_ready', '1: proofs can be made; 0: Redis does not answer, or no worker is there'),
    obligations: new Gauge({ name: 'obligations_open', help: 'what the chain asks of the node', labelNames: ['kind'], registers }), // prettier-ignore
    obligationDeadline: gauge('obligation_deadline_seconds', 'chain seconds until the first of them is late; -1: none'),
    requestsSkipped: new Counter({ name: 'requests_skipped_total', help: 'requests on the chain that pay too little, or have no proof', labelNames: ['reason'], registers }), // prettier-ignore
    stake: gauge('stake_wei', 'what the node has at stake'),
    owed: gauge('owed_wei', 'vouchers that are not redeemed'),
    chainLag: gauge('chain_lag_seconds', 'by how much the clock is ahead of the chain'),
    rehearsalsFailed: new Counter({ name: 'rehearsals_failed_total', help: 'models whose keys did not prove', registers }), // prettier-ignore
    deadProvers: new Counter({ name: 'provers_died_total', help: 'prover processes that ended by themselves', registers }), // prettier-ignore
  };
}
