// Every check of the contracts is taken out, or weakened, once: a row must then fail. A handful on every run, all of them under
// INFERPROOF_FULL=1; without the optimizer, which would take most of the time and changes nothing of what is meant.
import { describe, expect, it } from 'vitest';
import { compile, sources } from './compiled.js';
import { rows } from './rows.js';
import './og-rows.js';

const FULL = process.env['INFERPROOF_FULL'] === '1';

type Mutant = readonly [file: string, from: string, to: string, row: string];

/** Compiled beside the market for their own mutants alone: it takes a second. */
const OPENGRADIENT = ['OGInference', 'Doubles'];

/** The row is named by the beginning of its name, and is the one that must see it. */
const ALWAYS: readonly Mutant[] = [
  ['Requests', 'keccak256(abi.encode(id, payee))', 'id', '6: a proof that was copied'],
  ['Receipts', 'if (hashOf(words[c.inputWords:]) != c.outputHash) revert OtherOutput();', '', '1: a lie has no proof'],
  [
    'Requests',
    'if ((gasleft() * 63) / 64 < callbackGas + AROUND_CALLBACK) revert GasTooLow();',
    '',
    '8: the callback gets',
  ],
];
const ALL: readonly Mutant[] = [
  ...ALWAYS,
  ['Terms', 'if (msg.value > type(uint96).max) revert BadRequest();', '', 'request: 2^96 wei'],
  ['Terms', 'window_ < LEAST_SECONDS || ', '', 'deployment'],
  ['Terms', ' || proofTime_ < LEAST_SECONDS', '', 'deployment'],
  ['Terms', 'words.length >= count && ', '', 'settle: fewer words'],
  ['Terms', ' && hashOf(words[:count]) == hash', '', 'settle: another input'],
  ['Terms', 'fault != ECDSA.RecoverError.NoError || ', '', '10: a receipt of another signer'],
  ['Terms', ' || recovered != signer', '', 'challenge: another signer'],
  ['Ledger', 'if (amount == 0) revert NothingDue();', '', 'withdraw'],
  ['Ledger', 'balanceOf[msg.sender] = 0;', '', 'withdraw'],
  ['Ledger', 'if (!sent) revert TransferFailed();', '', '9: a client and a payee'],
  ['Requests', 'if (deadline < block.timestamp) revert BadRequest();', '', 'request: a deadline'],
  ['Requests', 'if (deadline < block', 'if (deadline <= block', 'request: its event'],
  ['Requests', 'if (input.length == 0) revert BadRequest();', '', 'request: no input'],
  ['Requests', 'if (words == 0) revert UnknownModel();', '', 'request: an unknown model'],
  ['Requests', 'if (input.length >= words) revert BadRequest();', '', 'request: as many words'],
  ['Requests', 'if (requests[id] != State.None) revert NotOpen(requests[id]);', '', 'request: the same again'],
  ['Requests', 'if (requests[id] != State.Open) revert NotOpen(requests[id]);', '', 'settle: once'],
  ['Requests', 'if (block.timestamp > r.deadline) revert TooLate();', '', 'settle: too late'],
  ['Requests', 'if (block.timestamp > r.deadline)', 'if (block.timestamp >= r.deadline)', 'settle: once'],
  ['Requests', 'if (r.node != address(0) && r.node != payee) revert WrongNode();', '', 'settle: another payee'],
  ['Requests', 'r.node != address(0) && ', '', 'settle: once'],
  ['Requests', 'if (!startsWith(words, r.inputWords, r.inputHash)) revert OtherInput();', '', 'settle: another input'],
  ['Requests', 'if (!registry.verify(r.modelId, keccak256(abi.encode(id, payee)), words, proof)) revert NotProved();', '', 'settle: another proof'],
  ['Requests', 'requests[id] = State.Done;', '', 'settle: once'],
  ['Requests', 'if (block.timestamp <= r.deadline) revert TooEarly();', '', 'refund: too early'],
  ['Requests', 'if (block.timestamp <= r.deadline)', 'if (block.timestamp < r.deadline)', '7: settle and refund'],
  ['Requests', 'requests[id] = State.Expired;', '', '7: settle and refund'],
  ['Requests', 'balanceOf[r.client] += r.payment;', '', '7: settle and refund'],
  ['Requests', 'if (!done) emit CallbackFailed(id);', '', '8: a callback that fails'],
  ['Requests', 'call(callbackGas,', 'call(gas(),', '8: a callback that fails or is long: Burner'],
  ['Receipts', 's.leavesAt = 0;', '', 'stake, quit, unstake'],
  ['Receipts', 's.leavesAt == 0 || ', '', 'unstake: not leaving'],
  ['Receipts', ' || block.timestamp <= s.leavesAt', '', 'unstake: too early'],
  ['Receipts', 'block.timestamp <= s.leavesAt', 'block.timestamp < s.leavesAt', 'unstake: too early'],
  ['Receipts', 'if (s.open > 0) revert ChallengesOpen();', '', '11: a node that leaves'],
  ['Receipts', 'delete stakes[msg.sender];', '', 'stake, quit, unstake'],
  ['Receipts', 'price < challengeFloor ? challengeFloor : price', 'price', '10: a receipt'],
  ['Receipts', 'return price < challengeFloor ? challengeFloor : price;', 'return challengeFloor;', 'the price of a challenge'],
  ['Receipts', 'requireSigned(c.node, id, signature);', '', 'challenge: another signer'],
  ['Receipts', 'if (x.state != State.None) revert NotOpen(x.state);', '', '3: a node that challenges'],
  ['Receipts', 'if (block.timestamp > c.until) revert TooLate();', '', 'challenge: too late'],
  ['Receipts', 'block.timestamp > c.until', 'block.timestamp >= c.until', '10: a receipt of another signer'],
  ['Receipts', 'input.length != c.inputWords || ', '', '10: a length'],
  ['Receipts', ' || hashOf(input) != c.inputHash', '', 'challenge: another input'],
  ['Receipts', 'if (value < price) revert PriceTooLow(price);', '', '10: a receipt of another signer'],
  ['Receipts', 'stakes[c.node].open++;', '', '11: a node that leaves'],
  ['Receipts', 'if (value > price) balanceOf[msg.sender] += value - price;', '', '10: a receipt of another signer'],
  ['Receipts', 'if (block.timestamp > x.deadline) revert TooLate();', '', 'prove: too late'],
  ['Receipts', 'block.timestamp > x.deadline', 'block.timestamp >= x.deadline', '2: an honest node'],
  ['Receipts', 'if (!startsWith(words, c.inputWords, c.inputHash)) revert OtherInput();', '', 'prove: another input'],
  ['Receipts', 'if (!registry.verify(c.modelId, id, words, proof)) revert NotProved();', '', '5: a proof of another receipt'],
  ['Receipts', 'registry.verify(c.modelId, id,', 'registry.verify(c.modelId, c.inputHash,', '5: a proof of another receipt'],
  ['Receipts', 'x.state = State.Done;', '', '2: an honest node'],
  ['Receipts', 'stakes[c.node].open--;', '', '2: an honest node'],
  ['Receipts', 'balanceOf[c.node] += x.price;', '', '2: an honest node'],
  ['Receipts', 'if (block.timestamp <= x.deadline) revert TooEarly();', '', 'slash: too early'],
  ['Receipts', 'block.timestamp <= x.deadline', 'block.timestamp < x.deadline', '1: a lie has no proof'],
  ['Receipts', 'x.state = State.Expired;', '', '1: a lie has no proof'],
  ['Receipts', 'c.bond < s.amount ? c.bond : s.amount', 'c.bond', '12: two lies'],
  ['Receipts', 's.amount -= amount;', '', '1: a lie has no proof'],
  ['Receipts', 's.open--;', '', '1: a lie has no proof'],
  ['Receipts', 'balanceOf[c.client] += amount / 2;', '', '1: a lie has no proof'],
  ['Receipts', 'amount - amount / 2', 'amount / 2', '1: a lie has no proof'],
  ['Receipts', 'balanceOf[x.challenger] += x.price;', '', '1: a lie has no proof'],
  ['Channels', 'channel.closesAt = 0;', '', '14: close leaves'],
  ['Channels', 'requireSigned(v.client, _hashTypedDataV4(keccak256(abi.encode(VOUCHER, v))), signature);', '', 'redeem: another signer'],
  ['Channels', 'v.total <= channel.paid || ', '', '14: vouchers'],
  ['Channels', ' || channel.funds == 0', '', 'redeem: nothing there'],
  ['Channels', 'if (amount > channel.funds) amount = channel.funds;', '', '14: vouchers'],
  ['Channels', 'channel.paid += amount;', '', '14: vouchers'],
  ['Channels', 'channel.funds -= amount;', '', '14: vouchers'],
  ['Channels', 'if (v.length != s.length) revert BadSignature();', '', 'redeemMany'],
  ['Channels', 'channel.closesAt == 0 || ', '', 'reclaim: not closing'],
  ['Channels', ' || block.timestamp <= channel.closesAt', '', 'reclaim: too early'],
  ['Channels', '(channel.funds, channel.closesAt) = (0, 0);', 'channel.funds = 0;', '14: close leaves'],
  ['Channels', '(channel.funds, channel.closesAt) = (0, 0);', 'channel.closesAt = 0;', '14: close leaves'],
  ['ModelRegistry', 'key[1] == 0 || ', '', 'register'],
  ['ModelRegistry', ' || key[1] > MOST_WORDS', '', 'register'],
  ['ModelRegistry', 'if (key[0] > (verifier.INSECURE() ? 1 : 0)) revert InsecureKey();', '', '29: a development key'],
  ['ModelRegistry', 'verifier.INSECURE() ? 1 : 0', '1', '29: a development key'],
  ['ModelRegistry', 'if (places[modelId] != address(0)) return modelId;', '', 'register'],
  ['ModelRegistry', 'abi.encodePacked(KEY_TAG, key)', 'abi.encodePacked(KEY_TAG, key[1])', 'register'],
  ['ModelRegistry', 'if (!isName(bytes(name))) revert BadName();', '', 'publish'],
  ['ModelRegistry', 'name.length == 0 || ', '', 'publish'],
  ['ModelRegistry', 'name.length > MOST_NAME_BYTES', 'false', 'publish'],
  ['ModelRegistry', 'manifest = 0;', 'manifest = manifest;', 'publish'],
  ['ModelRegistry', 'else if (places[modelId] == address(0)) revert UnknownModel(modelId);', '', 'publish'],
  ['ModelRegistry', 'releases[msg.sender][name]', 'releases[address(0)][name]', 'publish'],
  ['ModelRegistry', 'if (place == address(0)) revert UnknownModel(modelId);', '', 'register'],
  ['InferenceConsumer', 'if (msg.sender != address(market)) revert NotTheMarket();', '', 'a consumer asks'],
  ['InferenceConsumer', 'nonce++', 'nonce', 'a consumer asks'],
  ['InferenceConsumer', 'if (r.client != address(this)) revert NotOurs();', '', 'a consumer asks'],
  ['InferenceConsumer', 'if (state == Terms.State.Open) market.refund(r);', 'if (state != Terms.State.Done) market.refund(r);', 'a consumer asks'],
  ['InferenceConsumer', 'revert Terms.NotOpen(state);', '{}', 'a consumer asks'],
  ['InferenceConsumer', 'if (market.balanceOf(address(this)) > 0) market', 'market', 'a consumer asks'],
  ['OGInference', 'if (msg.sender != address(market)) revert NotTheMarket();', '', 'OpenGradient: credit'],
  ['OGInference', 'credit[msg.sender] += msg.value;', '', 'OpenGradient: credit'],
  ['OGInference', 'if (credit[msg.sender] < amount) revert NoCredit();', '', 'OpenGradient: credit'],
  ['OGInference', 'credit[msg.sender] -= amount;', '', 'OpenGradient: credit'],
  ['OGInference', 'if (!sent) revert TransferFailed();', '', 'OpenGradient: credit'],
  ['OGInference', 'mode != ZKML || ', '', 'OpenGradient: a run is a request'],
  ['OGInference', ' || keccak256(bytes(model)) != cid', '', 'OpenGradient: a run is a request'],
  ['OGInference', 'if (credit[msg.sender] < price) revert NoCredit();', '', 'OpenGradient: a run is a request'],
  ['OGInference', 'credit[msg.sender] -= price;', '', 'OpenGradient: a run is a request'],
  ['OGInference', '+ patience', '', 'OpenGradient: a run is a request'],
  ['OGInference', 'nonce++', 'nonce', 'OpenGradient: a run is a request'],
  ['OGInference', '{value: price}', '{value: price - 1}', 'OpenGradient: a run is a request'],
  ['OGInference', 'askers[id] = msg.sender;', '', 'OpenGradient: a run that nobody proves'],
  ['OGInference', 'askers[id] = msg.sender;', 'askers[id] = address(this);', 'OpenGradient: a run that nobody proves'],
  ['OGInference', 'if (asker == address(0)) revert NothingToReclaim();', '', 'OpenGradient: what is not reclaimed'],
  ['OGInference', 'if (market.requests(id) == Terms.State.Open) market', 'market', 'OpenGradient: a run that nobody proves'],
  ['OGInference', 'if (market.requests(id) == Terms.State.Open) market.refund(r);', '', 'OpenGradient: a run that nobody proves'],
  ['OGInference', 'if (market.requests(id) != Terms.State.Expired) revert NothingToReclaim();', '', 'OpenGradient: what is not reclaimed'],
  ['OGInference', 'delete askers[id];', '', 'OpenGradient: what is not reclaimed'],
  ['OGInference', 'credit[asker] += r.payment;', '', 'OpenGradient: a run that nobody proves'],
  ['OGInference', 'if (market.balanceOf(address(this)) > 0) market', 'market', 'OpenGradient: a run that nobody proves'],
  ['OGInference', 'if (market.balanceOf(address(this)) > 0) market.withdraw(payable(address(this)));', '', 'OpenGradient: a run that nobody proves'],
  ['OGInference', 'modelInput.numbers.length != 1', 'modelInput.numbers.length == 0', 'OpenGradient: an input'],
  ['OGInference', ' || modelInput.strings.length != 0', '', 'OpenGradient: an input'],
  ['OGInference', 'if (keccak256(bytes(given.name)) != keccak256(bytes(t.name))) revert BadInput();', '', 'OpenGradient: an input'],
  ['OGInference', 'given.values.length != t.count', 'given.values.length < t.count', 'OpenGradient: an input'],
  ['OGInference', 'given.values.length != t.count', 'given.values.length > t.count', 'OpenGradient: an input'],
  ['OGInference', 'x.decimals < 0 || ', '', 'OpenGradient: an input'],
  ['OGInference', ' || x.decimals > 38', '', 'OpenGradient: an input'],
  ['OGInference', 't.affines[(i / t.step) % t.affines.length]', 't.affines[i % t.affines.length]', 'OpenGradient: values'],
  ['OGInference', '(t.bits * (i % per))', '(t.bits * i)', 'OpenGradient: values'],
  ['Doubles', 'if (e > 10) revert OutOfRange();', '', 'OpenGradient: an input'],
  ['Doubles', 'if (e < -150) (s, e) = (0, 0);', '', 'OpenGradient: values'],
  ['Doubles', 'if (q < lo) q = lo;', '', 'OpenGradient: values'],
  ['Doubles', 'if (q > hi) q = hi;', '', 'OpenGradient: values'],
  ['Doubles', 'if ((off < 0 ? -off : off) * 1_000_000 > 500_001 * unit) revert OutOfRange();', '', 'OpenGradient: an input'],
  ['Doubles', '(off < 0 ? -off : off)', 'off', 'OpenGradient: an input'],
  ['Doubles', 'm++;', '{}', 'OpenGradient: values'],
  ['Doubles', 'rest > half || ', '', 'OpenGradient: values'],
  ['Doubles', ' || n % d != 0', '', 'OpenGradient: values'],
  ['Doubles', 'm % 2 == 1 || ', '', 'OpenGradient: values'],
  ['Doubles', 'value < 0 ? -int256(m) : int256(m)', 'int256(m)', 'OpenGradient: values'],
  ['Doubles', 'if ((affine >> 160) != 0) zero = -zero;', '', 'OpenGradient: values'],
]; // prettier-ignore

/** Without its comments, which name what the code does. */
const code = (text: string): string => text.replace(/^ *\/\/.*$/gm, '');

describe('a contract without one of its checks', () => {
  it.each(FULL ? ALL : ALWAYS)('%s: %s -> %s is seen by: %s', async (file, from, to, seen) => {
    const files = sources();
    const text = files[`${file}.sol`];
    expect(code(text)).toContain(from);
    const contracts = compile(
      { ...files, [`${file}.sol`]: code(text).replace(from, to) },
      null,
      OPENGRADIENT.includes(file) ? { OGInference: 'OGInference.sol' } : {},
    );
    const row = rows.find(({ name }) => name.startsWith(seen))!;
    await expect(row.run(contracts), row.name).rejects.toThrow();
  });
  it('each has a row that stands', () => {
    for (const [, , , seen] of ALL)
      expect(rows.filter(({ name }) => name.startsWith(seen)).length, seen).toBeGreaterThan(0);
    const texts = Object.entries(sources());
    for (const [file, from] of ALL) expect(texts.find(([name]) => name === `${file}.sol`)![1]).toContain(from);
  });
});
