import type { Books } from './books';
import { cancelCreditMemo, cancelInvoice, makeCorrectiveCreditMemo } from './corrections';
import { CREDIT_MEMO, INVOICE, type DocumentKind } from './documents';
import { postJournal } from './journals';
import { postDraft, shipAndInvoice } from './posting';
import { flag, type Row } from './records';
import { refuse } from './refusal';

/** Carries out a bound action; all of them answer 204 without a body (D2 #4). */
export function runAction(books: Books, set: string, name: string, row: Row): void {
  if (set === 'salesOrders') shipAndInvoice(books, row);
  else if (set === 'journals') postJournal(books, row);
  else documentAction(books, set === 'salesInvoices' ? INVOICE : CREDIT_MEMO, name, row);
}

function documentAction(books: Books, kind: DocumentKind, name: string, row: Row): void {
  const posted = flag(row, '_posted');
  switch (name) {
    case 'post':
    case 'postAndSend':
      if (posted) refuse('draftOnly', { document: kind.name });
      postDraft(books, kind, row);
      return;
    case 'makeCorrectiveCreditMemo':
      if (!posted) refuse('postedOnly', { document: kind.name });
      makeCorrectiveCreditMemo(books, row);
      return;
    case 'cancel':
    case 'cancelAndSend':
      if (!posted) refuse('postedOnly', { document: kind.name });
      if (kind === INVOICE) cancelInvoice(books, row);
      else cancelCreditMemo(books, row);
      return;
    default:
      // A draft invoice can be sent, a draft credit memo cannot (BCS:api). Mail is not simulated.
      if (!posted && kind === CREDIT_MEMO) refuse('postedOnly', { document: kind.name });
  }
}
