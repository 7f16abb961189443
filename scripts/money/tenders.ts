import type { CreditPlan } from '../../nodes/brightpearl/plan-credit';
import type { RefundPolicy } from '../../nodes/brightpearl/plan-refund';
import type { PaymentRow } from '../../nodes/brightpearl/reader';
import type { ReturnEvent } from '../../nodes/returns/event';
import { shown } from './amounts';
import type { Draw } from './draw';
import type { Planners } from './planners';
import { postedCredit } from './posted-credit';
import { must, type Story } from './story';

const METHODS = ['GIFT_CARD', 'WEB_PAY', 'CARD'] as const;
type Renames = Readonly<Partial<Record<string, string>>>;
const STORE_CREDIT: Renames = { GIFT_CARD: 'STORE_CREDIT' };
const ONE_FOR_TWO: Renames = { CARD: 'WEB_PAY' };

/** What an order was paid with, and what goes back to each of it. */
export class Tenders {
  private readonly payments: PaymentRow[] = [];
  /** By the method that refunds are booked with. */
  private readonly paid = new Map<string, number>();
  private readonly refunded = new Map<string, number>();

  private constructor(
    private readonly currency: string,
    private readonly methods: ReadonlyMap<string, string>,
  ) {}

  static drawn(total: number, currency: string, draw: Draw, story: Story): Tenders {
    const used = draw.shuffled(METHODS).slice(0, draw.int(1, 3));
    if (used.length > 1) story.has('tenders');
    // A shop may book refunds of one method with another, such as store credit for a gift card, or two with one.
    const renames =
      draw.chance(0.2) && story.may('renamed-tender') ? draw.pick([STORE_CREDIT, ONE_FOR_TWO]) : {};
    const booked = (method: string): string => renames[method] ?? method;
    if (used.some((method) => booked(method) !== method)) story.has('renamed-tender');
    const tenders = new Tenders(currency, new Map(draw.shuffled(used).map((name) => [name, booked(name)])));
    let open = total;
    for (const [at, method] of used.entries()) {
      const amount = at === used.length - 1 ? open : draw.int(0, open);
      open -= amount;
      tenders.paid.set(booked(method), (tenders.paid.get(booked(method)) ?? 0) + amount);
      tenders.book('RECEIPT', method, amount, 'order');
      story.tell(
        () => `Paid with ${method}: ${shown(amount, currency)}, refunds booked as ${booked(method)}`,
      );
    }
    return tenders;
  }

  private book(type: string, method: string, amount: number, transactionRef: string): void {
    const text = shown(amount, this.currency).replace(/ .*/, '');
    const rest = { orderId: 1, currency: this.currency, transactionRef };
    this.payments.push({ id: this.payments.length + 1, type, method, amount: text, ...rest });
  }

  /** Pays a credit back, but for what is exchanged, and judges what is planned. */
  refund(event: ReturnEvent, plan: CreditPlan, planners: Planners, story: Story): void {
    const { currency, methods, payments } = this;
    const policy: RefundPolicy = { methods, outcomes: new Set(['original-payment']) };
    const document = postedCredit(event, plan);
    const planned = planners.planRefund(event, document, payments, policy);
    if ('problem' in planned) {
      must(
        false,
        'refused',
        () => `refund of ${event.returnId}: ${planned.problem.code}, ${planned.problem.what}`,
      );
    }
    story.documents += 1;
    const told = (): string =>
      planned.refunds.map(({ paid, amount }) => `${paid} ${shown(amount.minor, currency)}`).join(', ');
    story.tell(() => `Refund of ${event.returnId}: ${told()}`);
    const due = dueOf(event, plan);
    const sum = planned.refunds.reduce((total, { amount }) => total + amount.minor, 0);
    must(sum === due, 'payment', () => `${shown(due, currency)} to pay back, planned: ${told()}`);
    const booked = new Set(planned.refunds.map(({ method }) => method));
    must(booked.size === planned.refunds.length, 'payment', () => `one method twice: ${told()}`);
    for (const { paid, method, amount } of planned.refunds) {
      const refunded = (this.refunded.get(method) ?? 0) + amount.minor;
      this.refunded.set(method, refunded);
      const most = this.paid.get(method) ?? 0;
      must(
        amount.minor > 0 && refunded <= most,
        'tender',
        () => `${paid}: ${shown(most, currency)} paid, ${shown(refunded, currency)} refunded`,
      );
      this.book('PAYMENT', method, amount.minor, event.returnId);
    }
  }
}

/** Goods, tax and fees of the credit, less what is exchanged. */
function dueOf({ lines }: ReturnEvent, plan: CreditPlan): number {
  const exchanged = new Set(
    lines
      .filter(({ outcome, replacementSku }) => outcome === 'exchange' || replacementSku !== null)
      .map(({ id }) => id),
  );
  const kept = plan.rows
    .filter(({ line }) => exchanged.has(line.id))
    .reduce((sum, { net, tax }) => sum + net.minor + tax.minor, 0);
  return Math.max(0, plan.gross.minor - kept);
}
