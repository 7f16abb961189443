import { brightpearlCase } from './brightpearl-case';
import { bundleCase } from './bundle-case';
import { d365Case } from './d365-case';
import { Draw } from './draw';
import { PLANNERS, type Planners } from './planners';
import { Difference, Story, type Feature, type Rule } from './story';

/** Kinds of cases, and how many of ten are of each. */
const KINDS = {
  Brightpearl: { of10: 6, judge: brightpearlCase },
  'Dynamics 365': { of10: 3, judge: d365Case },
  'bundle table': { of10: 1, judge: bundleCase },
} as const;

export type Kind = keyof typeof KINDS;
const TURNS = (Object.keys(KINDS) as Kind[]).flatMap((kind) => Array<Kind>(KINDS[kind].of10).fill(kind));

/** A case that broke a rule; its number and the seed make it again. */
export interface Counterexample {
  index: number;
  kind: Kind;
  rule: Rule;
  figures: string;
  size: number;
}

export interface MoneyReport {
  cases: number;
  seed: number;
  without: ReadonlySet<Feature>;
  kinds: Record<Kind, number>;
  features: Map<Feature, number>;
  documents: number;
  /** How many cases broke each rule, and the smallest of them. */
  broken: Map<Rule, { count: number; smallest: Counterexample }>;
}

export interface MoneyCheck {
  cases: number;
  seed: number;
  /** What no case may hold. */
  without: ReadonlySet<Feature>;
  planners: Planners;
}

/** Draws so many cases, plans each with the product and judges what was planned. */
export function checkMoney({ cases, seed, without, planners }: MoneyCheck): MoneyReport {
  const report: MoneyReport = {
    cases,
    seed,
    without,
    kinds: { Brightpearl: 0, 'Dynamics 365': 0, 'bundle table': 0 },
    features: new Map(),
    documents: 0,
    broken: new Map(),
  };
  for (let index = 0; index < cases; index += 1) {
    const story = new Story(false, without);
    const kind = kindOf(index);
    const broken = runCase(seed, index, story, planners);
    report.kinds[kind] += 1;
    report.documents += story.documents;
    for (const feature of story.features)
      report.features.set(feature, (report.features.get(feature) ?? 0) + 1);
    if (broken) count(report, { ...broken, index, kind, size: story.size });
  }
  return report;
}

/** The case in words, as far as it went. */
export function retold(
  { seed, without }: Pick<MoneyCheck, 'seed' | 'without'>,
  index: number,
  planners: Planners = PLANNERS,
): string[] {
  const story = new Story(true, without);
  runCase(seed, index, story, planners);
  return story.lines;
}

function kindOf(index: number): Kind {
  return TURNS[index % TURNS.length] ?? 'Brightpearl';
}

function runCase(
  seed: number,
  index: number,
  story: Story,
  planners: Planners,
): { rule: Rule; figures: string } | null {
  try {
    KINDS[kindOf(index)].judge(new Draw(seed, index), story, planners);
    return null;
  } catch (thrown) {
    if (thrown instanceof Difference) return { rule: thrown.rule, figures: thrown.figures };
    throw new Error(`Case ${index} of seed ${seed} ended with an error`, { cause: thrown });
  }
}

function count({ broken }: MoneyReport, found: Counterexample): void {
  const before = broken.get(found.rule);
  const smallest = before && before.smallest.size <= found.size ? before.smallest : found;
  broken.set(found.rule, { count: (before?.count ?? 0) + 1, smallest });
}
