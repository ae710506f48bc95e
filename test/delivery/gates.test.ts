import { expect, test } from 'vitest';
import { createGates, type Gates } from '../../src/delivery/gates.ts';

/** Enters and notes it. */
function entering(gates: Gates, webhookId: string, entered: string[], name: string): Promise<void> {
  return Promise.resolve(gates.enter(webhookId)).then(() => {
    entered.push(name);
  });
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

test('lets so many through at a time, the others in their order as those leave', async () => {
  const gates = createGates(2);
  const entered: string[] = [];
  for (const name of ['a', 'b', 'c', 'd']) void entering(gates, 'w', entered, name);
  await settled();
  expect(entered).toEqual(['a', 'b']);
  gates.leave('w');
  await settled();
  expect(entered).toEqual(['a', 'b', 'c']);
  gates.leave('w');
  gates.leave('w');
  await settled();
  expect(entered).toEqual(['a', 'b', 'c', 'd']);
});

test('one webhook does not wait for another', async () => {
  const gates = createGates(1);
  const entered: string[] = [];
  void entering(gates, 'full', entered, 'first');
  void entering(gates, 'full', entered, 'second');
  void entering(gates, 'free', entered, 'other');
  await settled();
  expect(entered).toEqual(['first', 'other']);
});

test('a gate that all have left is as new', async () => {
  const gates = createGates(1);
  for (let round = 0; round < 3; round++) {
    expect(gates.enter('w')).toBeUndefined();
    expect(gates.enter('w')).toBeInstanceOf(Promise);
    gates.leave('w');
    await settled();
    gates.leave('w');
    gates.leave('w');
  }
});
