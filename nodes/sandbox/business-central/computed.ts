import type { Books } from './books';
import type { Entity } from './entity';
import { amount, flag, text, type Row } from './records';

/** A row with the fields that the application works out when it is read. */
export function computed(books: Books, entity: Entity, row: Row): Row {
  switch (entity.set) {
    case 'items':
      return { ...row, inventory: books.onHand(text(row, 'number')) };
    case 'salesInvoices':
      return {
        ...row,
        remainingAmount: flag(row, '_posted')
          ? books.decimal(amount(row, '_remaining'))
          : amount(row, 'totalAmountIncludingTax'),
      };
    case 'customers':
      return { ...row, balanceDue: books.decimal(balance(books, text(row, 'number'))) };
    case 'customerFinancialDetails':
      return { ...row, balance: books.decimal(balance(books, text(row, 'number'))) };
    default:
      return row;
  }
}

/** What the customer owes: open invoices less credit memos that are not applied. */
function balance(books: Books, customer: string): number {
  const open = (set: string): number =>
    books
      .table(set)
      .by('customerNumber', customer)
      .filter((row) => flag(row, '_posted'))
      .reduce((sum, row) => sum + amount(row, '_remaining'), 0);
  return open('salesInvoices') - open('salesCreditMemos');
}
