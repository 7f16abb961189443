import type { RefusalText } from './refusal-texts';

const DIALOG = { status: 400, code: 'Application_DialogException' } as const;
const FIELD = { status: 400, code: 'Application_FieldValidationException' } as const;

/** Of posting and of what can be done with posted documents. */
export const POSTING_REFUSALS = {
  noLines: {
    ...DIALOG,
    en: 'Please add at least one line item to the {document}.',
    de: 'Fügen Sie dem Beleg ({document}) mindestens eine Zeile hinzu.',
  },
  noQuantity: {
    ...DIALOG,
    en: 'One or more document lines with a value in the No. field do not have a quantity specified.',
    de: 'In einer oder mehreren Belegzeilen mit einem Wert im Feld Nr. ist keine Menge angegeben.',
  },
  postingDate: {
    ...DIALOG,
    en: 'Posting Date is not within your range of allowed posting dates.',
    de: 'Das Buchungsdatum liegt nicht innerhalb Ihres zugelassenen Buchungszeitraums.',
  },
  inventoryClosed: {
    ...DIALOG,
    en: 'You cannot post before {date} because the Inventory Period is already closed. You must re-open the period first.',
    de: 'Sie können nicht vor dem {date} buchen, da die Lagerperiode bereits abgeschlossen ist. Sie müssen die Periode zuerst wieder öffnen.',
  },
  externalNumberMissing: {
    ...FIELD,
    en: 'External Document No. must have a value in Sales Header: Document Type={type}, No.={number}. It cannot be zero or empty.',
    de: 'Externe Belegnummer muss einen Wert haben in Verkaufskopf: Belegart={type}, Nr.={number}. Sie darf nicht null oder leer sein.',
  },
  externalNumberTaken: {
    ...DIALOG,
    en: 'External Document No. {value} is already used by {document} {number}.',
    de: 'Die externe Belegnummer {value} wird bereits von {document} {number} verwendet.',
  },
  notOpenToApply: {
    status: 400,
    code: 'Internal_DataNotFoundFilter',
    en: 'There is no Cust. Ledger Entry within the filter.',
    de: 'Es gibt keinen Debitorenposten innerhalb des Filters.',
  },
  exactCost: {
    ...FIELD,
    en: 'Appl.-from Item Entry must have a value in Sales Line: Document Type={type}, Document No.={number}, Line No.={line}. It cannot be zero or empty.',
    de: 'Ausgleich von Artikelposten muss einen Wert haben in Verkaufszeile: Belegart={type}, Belegnr.={number}, Zeilennr.={line}.',
  },
  warehouseHandling: {
    ...DIALOG,
    en: 'Warehouse handling is required for Document Type = {type}, Document No. = {number}, Line No. = {line}.',
    de: 'Logistik ist erforderlich für Belegart = {type}, Belegnr. = {number}, Zeilennr. = {line}.',
  },
  numbersExhausted: {
    ...DIALOG,
    en: 'You cannot assign new numbers from the number series {series}.',
    de: 'Sie können keine neuen Nummern aus der Nummernserie {series} vergeben.',
  },
  draftOnly: {
    ...DIALOG,
    en: 'The action can be applied to a draft {document} only.',
    de: 'Die Aktion kann nur auf einen Entwurf ({document}) angewendet werden.',
  },
  postedOnly: {
    ...DIALOG,
    en: 'The action can be applied to a posted {document} only.',
    de: 'Die Aktion kann nur auf einen gebuchten Beleg ({document}) angewendet werden.',
  },
  postedFixed: {
    ...DIALOG,
    en: 'The {document} has been posted and can no longer be modified.',
    de: 'Der Beleg ({document}) wurde gebucht und kann nicht mehr geändert werden.',
  },
  invoiceClosed: {
    ...DIALOG,
    en: 'The invoice is closed. The corrective credit memo will not be applied to the invoice.',
    de: 'Die Rechnung ist abgeschlossen. Die Korrekturgutschrift wird nicht mit der Rechnung ausgeglichen.',
  },
  invoicePartlyPaid: {
    ...DIALOG,
    en: 'The invoice is partially paid or credited. The corrective credit memo may not be fully closed by the invoice.',
    de: 'Die Rechnung ist teilweise bezahlt oder gutgeschrieben. Die Korrekturgutschrift wird möglicherweise nicht vollständig ausgeglichen.',
  },
  confirmNeeded: {
    status: 400,
    code: 'Application_CallbackNotAllowed',
    en: 'Microsoft Dynamics 365 Business Central Server attempted to issue a client callback to show a confirmation dialog box: {question} Client callbacks are not supported on Microsoft Dynamics 365 Business Central Server.',
  },
  notCorrective: {
    ...DIALOG,
    en: 'You cannot cancel this posted sales credit memo because it is not a corrective document.',
    de: 'Sie können diese gebuchte Verkaufsgutschrift nicht stornieren, da sie kein Korrekturbeleg ist.',
  },
  alreadyCanceled: {
    ...DIALOG,
    en: 'The {document} cannot be canceled because it has already been canceled.',
    de: 'Der Beleg ({document}) kann nicht storniert werden, da er bereits storniert wurde.',
  },
  paidInvoice: {
    ...DIALOG,
    en: 'You cannot cancel this posted sales invoice because it is fully or partially paid.\\\\To reverse a paid sales invoice, you must manually create a sales credit memo.',
    de: 'Sie können diese gebuchte Verkaufsrechnung nicht stornieren, da sie ganz oder teilweise bezahlt ist.',
  },
  invoicedMoreThanReceived: {
    ...DIALOG,
    en: 'You cannot invoice more than {quantity} units in Sales Line: Document No.={number}, Line No.={line}.',
    de: 'Sie können nicht mehr als {quantity} Einheiten fakturieren in Verkaufszeile: Belegnr.={number}, Zeilennr.={line}.',
  },
  nothingToPost: { ...DIALOG, en: 'There is nothing to post.', de: 'Es gibt nichts zu buchen.' },
  journalAccountType: {
    ...DIALOG,
    en: 'Only accounts of type G/L Account and Bank Account can be used in a journal line.',
    de: 'In einer Buch.-Blattzeile können nur Sachkonten und Bankkonten verwendet werden.',
  },
} as const satisfies Record<string, RefusalText>;
