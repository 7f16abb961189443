import type { Erp } from './erp';

/** Posting stopped: what the Infolog says. */
export class PostingFault extends Error {
  constructor(readonly messages: readonly string[]) {
    super(messages.join(' '));
  }
}

export interface PostingResult {
  success: boolean;
  documentNumber: string;
  messages: readonly string[];
}

/** What one posting made: its number, empty where it made none, and what it says beside. */
export interface Posted {
  documentNumber: string;
  messages?: readonly string[];
}

/** Posts all of a document or nothing of it. */
export function attempt(erp: Erp, work: () => Posted): PostingResult {
  try {
    const { documentNumber, messages = [] } = erp.data.changes.allOrNone(work);
    return { success: true, documentNumber, messages };
  } catch (thrown) {
    if (thrown instanceof PostingFault)
      return { success: false, documentNumber: '', messages: thrown.messages };
    throw thrown;
  }
}
