/** What the outputs of an Exception Router depend on. */
export interface OutputSettings {
  /** Each has an output of its own, in this order. */
  owners: readonly string[];
  /** Whose output gets what belongs to an owner without one; blank for the last owner. */
  fallback: string;
  /** How many outputs the node has in the flow. */
  outputs: number;
}

/**
 * The outputs of an Exception Router, counted from 0: resumed returns, one for each owner, answers, alerts. A node that
 * was saved by an earlier version has none for alerts: it keeps its ports and wires until it is opened and saved.
 */
export interface RouterOutputs {
  count: number;
  answers: number;
  alerts: number | null;
  ofOwner: (owner: string) => { output: number; isFallback: boolean };
}

export function outputsOf({ owners, fallback, outputs }: OutputSettings): RouterOutputs {
  const answers = owners.length + 1;
  const hasAlerts = outputs > answers + 1;
  const chosen = owners.indexOf(fallback);
  const fallbackOutput = 1 + (chosen < 0 ? owners.length - 1 : chosen);
  return {
    count: hasAlerts ? answers + 2 : answers + 1,
    answers,
    alerts: hasAlerts ? answers + 1 : null,
    ofOwner: (owner) => {
      const at = owners.indexOf(owner);
      return at < 0 ? { output: fallbackOutput, isFallback: true } : { output: 1 + at, isFallback: false };
    },
  };
}
