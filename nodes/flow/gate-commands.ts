import { z } from 'zod';
import { LedgerError } from '../returns/failure';
import { formatMoney, money } from '../returns/money';
import { instantOf } from '../returns/time';
import type { NodeMessage } from '../runtime/node-red';
import { exposureOf } from '../runtime/pair-watch';
import type { Surroundings } from '../runtime/retry';
import type { GateReturn, GateRules } from '../store/gate-return';
import type { Half, ReturnsStore, StoredHalf } from '../store/store';
import { refundStatusOf } from './gate-answer';

/** What can be asked of the Return Gate with `msg.command`. */
export const GATE_COMMANDS = ['status', 'list', 'show', 'exposure', 'unpaired'] as const;
export type GateCommandName = (typeof GATE_COMMANDS)[number];

const payloads = {
  status: z.looseObject({}),
  list: z.looseObject({
    phase: z.enum(['held', 'released', 'done', 'rejected', 'cancelled', 'ended']).optional(),
    overLimit: z.boolean().default(false),
    limit: z.coerce.number().int().min(1).max(1000).default(100),
    offset: z.coerce.number().int().min(0).default(0),
  }),
  show: z.looseObject({
    return: z.string().min(1),
    brand: z.string().optional(),
    order: z.string().optional(),
  }),
  exposure: z.looseObject({}),
  unpaired: z.looseObject({ limit: z.coerce.number().int().min(1).max(1000).default(500) }),
};

export type GateCommand =
  | { command: 'status' | 'exposure' }
  | ({ command: 'list' } & z.infer<typeof payloads.list>)
  | ({ command: 'show' } & z.infer<typeof payloads.show>)
  | ({ command: 'unpaired' } & z.infer<typeof payloads.unpaired>);

/** Reads a command message; null where the message is none. Throws `command-invalid` that says what may be sent. */
export function readGateCommand(message: NodeMessage): GateCommand | null {
  const { command, payload } = message;
  if (command === undefined || command === null || command === '') return null;
  const name = GATE_COMMANDS.find((one) => one === command);
  if (!name) throw invalid(`msg.command can be ${GATE_COMMANDS.join(', ')}, but is something else`);
  const given = typeof payload === 'object' && payload !== null && !Array.isArray(payload) ? payload : {};
  const parsed = payloads[name].safeParse(given);
  if (parsed.success) return { command: name, ...parsed.data } as GateCommand;
  const field = parsed.error.issues[0]?.path.join('.') ?? '';
  const known = Object.keys(payloads[name].shape).join(', ');
  throw invalid(
    `msg.payload${field === '' ? '' : `.${field}`} does not fit: ${name} takes ${known || 'nothing'}`,
  );
}

export interface Asked {
  node: string;
  store: ReturnsStore;
  rules: GateRules;
  surroundings: Pick<Surroundings, 'clock'>;
}

/**
 * Answers a command. `status`: how many wait, and how many for too long. `list`: those that wait, the longest first.
 * `show`: one return with all that came for it. `exposure`: money out and goods not in, by brand, currency and age.
 * `unpaired`: returns that have one half, credit or goods, and not the other, and those rejected after the credit.
 */
export async function answerGateCommand(command: GateCommand, asked: Asked): Promise<unknown> {
  const { node, store, surroundings } = asked;
  switch (command.command) {
    case 'status':
      return store.gateCounts(node);
    case 'list': {
      const { phase, overLimit, limit, offset } = command;
      const filter = { overLimit, limit, offset, ...(phase === undefined ? {} : { phase }) };
      return { returns: (await store.gateReturns(node, filter)).map((one) => shown(one, asked)) };
    }
    case 'show': {
      const found = await numbered(store, node, command);
      return Promise.all(
        found.map(async (one) => ({
          ...shown(one, asked),
          refund: await refundStatusOf(store, one, asked),
          events: await store.gateEvents(node, one.returnKey),
        })),
      );
    }
    case 'exposure': {
      const rows = await exposureOf(store, null, surroundings);
      return rows.map((row) => {
        const { currency, minor, rejected } = row;
        const inWords = (of: number): string | null =>
          currency === '' ? null : formatMoney(money(of, currency));
        return { ...row, amount: inWords(minor), rejected: { ...rejected, amount: inWords(rejected.minor) } };
      });
    }
    case 'unpaired': {
      const list = async (half: Half, without: Half): Promise<object[]> =>
        (await store.unpairedHalves({ half, without, limit: command.limit })).map((one) =>
          halfShown(one, surroundings.clock.now()),
        );
      return {
        creditsWithoutGoods: await list('credit', 'goods'),
        goodsWithoutCredit: await list('goods', 'credit'),
        stockWithoutCredit: await list('stock', 'credit'),
        creditedThenRejected: (await store.rejectedCredits({ limit: command.limit })).map((one) =>
          halfShown(one, surroundings.clock.now()),
        ),
      };
    }
  }
}

/** Returns of a gate by number, and by brand and order where these are told. */
export async function numbered(
  store: Pick<ReturnsStore, 'gateReturnsNumbered'>,
  node: string,
  wanted: { return: string; brand?: string | undefined; order?: string | undefined },
): Promise<GateReturn[]> {
  const found = await store.gateReturnsNumbered(node, wanted.return);
  return found.filter(
    ({ brand, orderNumber }) =>
      (wanted.brand === undefined || wanted.brand === brand) &&
      (wanted.order === undefined || wanted.order === orderNumber),
  );
}

function shown(one: GateReturn, { rules, surroundings }: Asked): Record<string, unknown> {
  const now = instantOf(surroundings.clock);
  return {
    return: one.returnNumber,
    order: one.orderNumber,
    brand: one.brand,
    policy: rules.policyOf(one).timing,
    phase: one.phase,
    waitsFor: one.wait,
    since: one.since,
    ageHours: Math.max(0, Math.floor((Date.parse(now) - Date.parse(one.since)) / 3_600_000)),
    due: one.dueAt,
    overLimit: one.told !== null,
    exception: one.told,
  };
}

function halfShown(
  { returnNumber, orderNumber, brand, document, amount, at, dueAt }: StoredHalf,
  now: number,
): object {
  return {
    return: returnNumber,
    order: orderNumber,
    brand,
    document,
    amount: amount === null ? null : formatMoney(money(Math.abs(amount.minor), amount.currency)),
    since: at,
    due: dueAt,
    overdue: dueAt !== null && Date.parse(dueAt) < now,
  };
}

function invalid(message: string): LedgerError {
  return new LedgerError({ code: 'command-invalid', class: 'data-invalid', message });
}
