import { thingOf } from './exception-cause';
import { formatMoney, type Money } from './money';

/** A cause is new, there are more of it, or the last of it is gone. */
export type AlertKind = 'raised' | 'update' | 'cleared';

/** `highest`: a credit was refused, and comes before everything else (R151). */
export type AlertPriority = 'highest' | 'high' | 'normal';

/** What an alert tells of a cause. */
export interface AlertFacts {
  kind: AlertKind;
  /** What the code is called in a list. */
  title: string;
  /** What alerts are bounded by, see {@link alertKeyOf}. */
  key: string;
  brand: string | null;
  /** Who has to act, most often one. */
  owners: readonly string[];
  /** How many returns wait, each with a customer; 0 where it is cleared. */
  returns: number;
  /** How many were raised since the last alert. */
  more: number;
  /** What is held up, one sum for each currency; empty where it is not known. */
  value: readonly Money[];
  /** Since when the oldest waits. */
  since: string | null;
  priority: AlertPriority;
  /** The one with the highest value; null where it is cleared. */
  example: {
    summary: string;
    returnNumber: string | null;
    orderNumber: string | null;
    /** The first step that clears it. */
    nextStep: string | null;
  } | null;
}

/** The longest sentence that is taken over; what is longer is not meant for people. */
const LONGEST = 400;

/**
 * What alerts are counted by (R199): a cause that several returns share; and for causes of one return each, their code
 * and brand, so that a thousand orders that are not found are not a thousand alerts.
 */
export function alertKeyOf(cause: string): string {
  return thingOf(cause) === null ? cause.split('|').slice(0, 2).join('|') : cause;
}

/** One line, for the subject of an e-mail. */
export function alertTopic(facts: AlertFacts): string {
  const { kind, brand, returns, more, priority } = facts;
  const what = `${facts.title}${ofThing(facts.key)}`;
  const whose = brand === null ? '' : `, ${brand}`;
  switch (kind) {
    case 'cleared':
      return `Returns: cleared – ${what}${whose}`;
    case 'update':
      return `${urgent(priority)}Returns: ${more} more – ${what}${whose}: ${inReturns(returns)} now`;
    case 'raised':
      return returns === 1
        ? `${urgent(priority)}Returns: ${what} – ${subject(facts)}${whose}`
        : `${urgent(priority)}Returns: ${what} – ${inReturns(returns)}${whose}`;
  }
}

/**
 * Plain text that an operator understands (R194): what happened, which return, what it costs, who acts, what comes
 * next. Without a stack trace; names and values only, no personal data.
 */
export function alertText(facts: AlertFacts): string {
  const { kind, brand, owners, example } = facts;
  if (kind === 'cleared' || !example) {
    return [
      `What happened: “${facts.title}${ofThing(facts.key)}” is cleared. No exception of this cause is open any more.`,
      ...(brand === null ? [] : [`Brand: ${brand}`]),
      'Who has to act: nobody.',
    ].join('\n');
  }
  return [
    `What happened: ${oneLine(example.summary)}`,
    `Which return: ${whichOf(facts)}`,
    `Effect: ${effectOf(facts)}`,
    `Who has to act: ${owners.join(', ')}`,
    ...(example.nextStep === null ? [] : [`Next step: ${oneLine(example.nextStep)}`]),
  ].join('\n');
}

function whichOf({ kind, returns, more, brand, since, ...facts }: AlertFacts): string {
  const of = brand === null ? '' : ` of ${brand}`;
  const oldest = since === null ? '' : `, the oldest since ${since.slice(0, 16).replace('T', ' ')} UTC`;
  const added = kind === 'update' ? ` ${more} more since the last alert.` : '';
  if (returns === 1) return `${capital(subject(facts))}${of}.${added}`;
  return `${inReturns(returns)}${of}, among them ${subject(facts)}${oldest}.${added}`;
}

function effectOf({ value, returns }: AlertFacts): string {
  const held =
    value.length === 0 ? 'The value is not known' : `${value.map(formatMoney).join(' and ')} held up`;
  return `${held}; ${returns === 1 ? '1 customer waits' : `${returns} customers wait`}.`;
}

function subject({ example }: Pick<AlertFacts, 'example'>): string {
  const { returnNumber = null, orderNumber = null } = example ?? {};
  const order = orderNumber === null ? '' : ` (order ${orderNumber})`;
  return returnNumber === null ? `a return${order}` : `return ${returnNumber}${order}`;
}

function ofThing(key: string): string {
  const thing = thingOf(key);
  // That a cause is one of the whole brand is told by the brand.
  return thing === null || thing === 'brand' ? '' : ` (${oneLine(thing)})`;
}

function inReturns(count: number): string {
  return count === 1 ? '1 return' : `${count} returns`;
}

function urgent(priority: AlertPriority): string {
  return priority === 'highest' ? 'Urgent – ' : '';
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function oneLine(text: string): string {
  const [line = ''] = text.trim().split('\n');
  return line.length <= LONGEST ? line : `${line.slice(0, LONGEST - 1)}…`;
}
