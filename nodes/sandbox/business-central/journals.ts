import type { Books } from './books';
import { postAccount } from './ledger';
import { checkPostingDate } from './posting';
import { amount, text, type Row, type Value } from './records';
import { refuse } from './refusal';

/** Lines of the general journal of the API: only G/L and bank accounts (B4). */
export function checkJournalLine(
  books: Books,
  given: Readonly<Record<string, Value>>,
): Record<string, Value> {
  const type = given['accountType'] ?? 'G/L Account';
  if (type !== 'G/L Account' && type !== 'Bank Account') refuse('journalAccountType');
  const account =
    given['accountId'] === undefined
      ? books.find('accounts', 'number', String(given['accountNumber'] ?? ''))
      : books.table('accounts').get(String(given['accountId']));
  if (!account) return refuse('accountUnknown');
  return { ...given, accountId: text(account, 'id'), accountNumber: text(account, 'number') };
}

export function postJournal(books: Books, journal: Row): void {
  const lines = books.table('journalLines').by('journalId', text(journal, 'id'));
  if (lines.length === 0) refuse('nothingToPost');
  for (const line of lines) {
    checkPostingDate(books, line);
    postAccount(books, {
      account: text(line, 'accountNumber'),
      debit: amount(line, 'amount'),
      postingDate: text(line, 'postingDate'),
      documentNumber: text(line, 'documentNumber'),
      documentType: ' ',
      description: text(line, 'description'),
    });
    books.table('journalLines').remove(text(line, 'id'));
  }
  books.commitPosting();
}
