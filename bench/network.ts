// The network measured, or simulated.
//
//   npm run bench:network                     what it costs: the MLP of the demo (and a start with LeNet-5), hub, node and provers as processes
//   npm run bench:network -- SECONDS          of each stretch of load; 30 by default
//   npm run bench:network -- --simulate SEED  who gains by lying: no process, no chain, the rules of the client
const [first, seed = '1'] = process.argv.slice(2);
if (first === '--simulate') (await import('./network/simulate.js')).printSimulation(Number(seed));
else await import('./network/load.js');
