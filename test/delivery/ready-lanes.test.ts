import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createReadyLanes, type ReadyLanes, type Turn } from '../../src/delivery/ready-lanes.ts';
import type { Grant } from '../../src/delivery/slots.ts';
import type { LeasedDelivery } from '../../src/domain/delivery.ts';
import type { Lane } from '../../src/domain/lane.ts';
import { aLeasedDelivery } from '../support/deliveries.ts';

const aLane = (webhookId: string, traits: Partial<Lane> = {}): Lane => ({
  webhookId,
  accountId: 'account',
  isRetry: false,
  isFailing: false,
  ...traits,
});
const plenty: Grant = (_lane, wanted) => wanted;

/** Every lane gives all that it is asked for. */
function given(turns: readonly Turn[]): LeasedDelivery[] {
  return turns.flatMap(({ webhookId, isRetry, size }) =>
    Array.from({ length: size }, () => aLeasedDelivery({ webhookId, attempts: isRetry ? 1 : 0 })),
  );
}

function pickAndSettle(lanes: ReadyLanes, budget: number, grant = plenty): Turn[] {
  const turns = lanes.pick(budget, grant);
  lanes.settle(turns, given(turns));
  return turns;
}

/** Accounts with so many webhooks each, some of whose webhooks have retries as well. */
const someLanes = fc
  .array(fc.array(fc.boolean(), { minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 6 })
  .map((accounts) =>
    accounts.flatMap((webhooks, account) =>
      webhooks.flatMap((hasRetries, webhook) => {
        const lane = aLane(`w-${account}-${webhook}`, { accountId: `a-${account}` });
        return hasRetries ? [lane, { ...lane, isRetry: true }] : [lane];
      }),
    ),
  );
const nameOf = ({ webhookId, isRetry }: Pick<Lane, 'webhookId' | 'isRetry'>) => `${webhookId} ${isRetry}`;
const sizeOf = (turns: readonly Turn[]) => turns.reduce((sum, { size }) => sum + size, 0);

function groupBy<Item>(items: readonly Item[], keyOf: (item: Item) => string): Map<string, Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
}
const accountsOf = (lanes: readonly Lane[]) => groupBy(lanes, ({ accountId }) => accountId);

describe('whatever the lanes', () => {
  test('never more is shared out than the budget, than a lane was granted, or to a lane twice', () => {
    const room = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(someLanes, fc.integer({ min: 1, max: 60 }), room, (known, budget, rooms) => {
        const lanes = createReadyLanes();
        lanes.add(known);
        const roomOf = new Map(known.map((lane, index) => [nameOf(lane), rooms[index % rooms.length] ?? 0]));
        const grant: Grant = (lane, wanted) => Math.min(wanted, roomOf.get(nameOf(lane)) ?? 0);
        for (let round = 0; round < 5; round++) {
          const turns = pickAndSettle(lanes, budget, grant);
          expect(sizeOf(turns)).toBeLessThanOrEqual(budget);
          expect(new Set(turns.map(nameOf)).size).toBe(turns.length);
          for (const turn of turns) {
            expect(turn.size).toBeGreaterThan(0);
            expect(turn.size).toBeLessThanOrEqual(roomOf.get(nameOf(turn)) ?? 0);
          }
        }
      }),
    );
  });

  test('each is served within as many turns as there are accounts, times the lanes of the largest', () => {
    fc.assert(
      fc.property(someLanes, fc.integer({ min: 1, max: 30 }), (known, budget) => {
        const lanes = createReadyLanes();
        lanes.add(known);
        const accounts = [...accountsOf(known).values()];
        const bound = accounts.length * Math.max(...accounts.map((of) => of.length));
        const served = new Set<string>();
        for (let round = 0; round < bound; round++) {
          for (const turn of pickAndSettle(lanes, budget)) served.add(nameOf(turn));
        }
        expect(served.size).toBe(known.length);
      }),
    );
  });

  test('an account gets as much as any other, however many webhooks each has', () => {
    fc.assert(
      fc.property(someLanes, fc.integer({ min: 1, max: 200 }), (known, budget) => {
        const lanes = createReadyLanes();
        lanes.add(known);
        const shares = new Map([...accountsOf(known).keys()].map((accountId) => [accountId, 0]));
        for (let round = 0; round < 2 * shares.size; round++) {
          for (const { lane, size } of pickAndSettle(lanes, budget)) {
            shares.set(lane.accountId, (shares.get(lane.accountId) ?? 0) + size);
          }
        }
        expect(Math.max(...shares.values()) - Math.min(...shares.values())).toBeLessThanOrEqual(1);
      }),
    );
  });
});

describe('turns', () => {
  test('leave nothing over, and who got one more than others is behind them the next time', () => {
    const lanes = createReadyLanes();
    lanes.add(['a', 'b', 'c'].map((webhookId) => aLane(webhookId)));
    const rounds = Array.from({ length: 3 }, () =>
      pickAndSettle(lanes, 5).map(({ webhookId, size }) => `${webhookId}${size}`),
    );
    expect(rounds).toEqual([
      ['a2', 'b2', 'c1'],
      ['c2', 'a2', 'b1'],
      ['b2', 'c2', 'a1'],
    ]);
  });

  test('with a budget of one, accounts take turns, and within an account its lanes', () => {
    const lanes = createReadyLanes();
    lanes.add([
      aLane('a1', { accountId: 'a' }),
      aLane('a2', { accountId: 'a' }),
      aLane('a3', { accountId: 'a' }),
      aLane('b1', { accountId: 'b' }),
    ]);
    const order = Array.from({ length: 8 }, () => pickAndSettle(lanes, 1)[0]?.webhookId);
    expect(order).toEqual(['a1', 'b1', 'a2', 'b1', 'a3', 'b1', 'a1', 'b1']);
  });

  test('one account with a thousand webhooks leaves another half of the budget', () => {
    const lanes = createReadyLanes();
    lanes.add(Array.from({ length: 1000 }, (_, n) => aLane(`many-${n}`, { accountId: 'many' })));
    lanes.add([aLane('one', { accountId: 'one' })]);
    const turns = pickAndSettle(lanes, 200);
    expect(turns.find(({ webhookId }) => webhookId === 'one')?.size).toBe(100);
    expect(turns).toHaveLength(101);
  });

  test('a lane without room loses no turn to one that has', () => {
    const lanes = createReadyLanes();
    lanes.add([aLane('full'), aLane('free')]);
    const grant: Grant = ({ webhookId }, wanted) => (webhookId === 'full' ? 0 : wanted);
    expect(pickAndSettle(lanes, 10, grant).map(({ webhookId }) => webhookId)).toEqual(['free']);
    expect(pickAndSettle(lanes, 1).map(({ webhookId }) => webhookId)).toEqual(['full']);
  });
});

describe('a lane', () => {
  test('that gave less than it was asked for is forgotten, and one that gave all goes on where it was', () => {
    const lanes = createReadyLanes();
    lanes.add([aLane('long'), aLane('short')]);
    const turns = lanes.pick(10, plenty);
    const [first, second] = given([{ ...turnOf(turns, 'long'), size: 2 }]).toSorted((a, b) =>
      a.id < b.id ? -1 : 1,
    );
    if (first === undefined || second === undefined) throw new Error('two deliveries expected');
    lanes.settle([{ ...turnOf(turns, 'long'), size: 2 }, turnOf(turns, 'short')], [second, first]);
    expect([lanes.has('long'), lanes.has('short'), lanes.size]).toEqual([true, false, 1]);
    expect(turnOf(lanes.pick(10, plenty), 'long').after).toBe(second.id);
  });

  test('that is announced again goes on where it was; found in the database it is read from its beginning', () => {
    const lanes = createReadyLanes();
    lanes.add([aLane('w')]);
    expect(turnOf(lanes.pick(1, plenty), 'w').after).toBeNull();
    const [turn] = pickAndSettle(lanes, 1);
    expect(turn).toBeDefined();
    const position = turnOf(lanes.pick(1, plenty), 'w').after;
    expect(position).not.toBeNull();
    lanes.add([aLane('w')]);
    expect(turnOf(lanes.pick(1, plenty), 'w').after).toBe(position);
    lanes.refresh([aLane('w')]);
    expect(turnOf(lanes.pick(1, plenty), 'w').after).toBe('00000000-0000-0000-0000-000000000000');
  });

  test('of first attempts and one of retries are known apart, and their webhook until both are gone', () => {
    const lanes = createReadyLanes();
    lanes.add([aLane('w'), aLane('w', { isRetry: true })]);
    expect(lanes.size).toBe(2);
    const turns = lanes.pick(10, plenty);
    lanes.settle(turns, given(turns.filter(({ isRetry }) => isRetry)));
    expect([lanes.size, lanes.has('w'), [...lanes.webhookIds()]]).toEqual([1, true, ['w']]);
    lanes.settle(lanes.pick(10, plenty), []);
    expect([lanes.size, lanes.has('w'), [...lanes.webhookIds()]]).toEqual([0, false, []]);
  });

  test('beyond ten thousand takes the place of the one that has waited longest', () => {
    const lanes = createReadyLanes();
    lanes.add(Array.from({ length: 10_000 }, (_, n) => aLane(`w-${n}`)));
    lanes.add([aLane('w-10', { isRetry: true }), aLane('other', { accountId: 'other' })]);
    expect([lanes.size, lanes.has('other'), lanes.has('w-0'), lanes.has('w-1')]).toEqual([
      10_000,
      true,
      false,
      false,
    ]);
  });
});

function turnOf(turns: readonly Turn[], webhookId: string): Turn {
  const turn = turns.find((candidate) => candidate.webhookId === webhookId);
  if (turn === undefined) throw new Error(`${webhookId} got no turn`);
  return turn;
}
