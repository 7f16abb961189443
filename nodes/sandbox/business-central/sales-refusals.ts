import type { RefusalText } from './refusal-texts';

const DIALOG = { status: 400, code: 'Application_DialogException' } as const;
const FIELD = { status: 400, code: 'Application_FieldValidationException' } as const;

/** Of sales documents: what the application's own code refuses. */
export const SALES_REFUSALS = {
  customerMissing: {
    ...DIALOG,
    en: 'A "customerNumber" or a "customerId" must be provided.',
    de: 'Eine "customerNumber" oder eine "customerId" muss angegeben werden.',
  },
  customerUnknown: {
    ...DIALOG,
    en: 'The {role} customer cannot be found.',
    de: 'Der Debitor ({role}) wurde nicht gefunden.',
  },
  customerMismatch: {
    ...DIALOG,
    en: 'The {role} customer values do not match to a specific Customer.',
    de: 'Die Werte des Debitors ({role}) passen nicht zu einem bestimmten Debitor.',
  },
  idUnknown: {
    ...DIALOG,
    en: 'The "{field}" does not match to {article} {table}.',
    de: '"{field}" passt zu keinem Datensatz der Tabelle {table}.',
  },
  valuesMismatch: {
    ...DIALOG,
    en: 'The {what} values do not match to a specific {table}.',
    de: 'Die Werte ({what}) passen nicht zu einem bestimmten Datensatz der Tabelle {table}.',
  },
  invoiceMismatch: {
    ...DIALOG,
    en: 'The "invoiceId" and "invoiceNumber" do not match to a specific Invoice.',
    de: '"invoiceId" und "invoiceNumber" passen nicht zu einer bestimmten Rechnung.',
  },
  itemUnknown: { ...DIALOG, en: 'Item does not exist.', de: 'Der Artikel ist nicht vorhanden.' },
  accountUnknown: { ...DIALOG, en: 'Account does not exist.', de: 'Das Konto ist nicht vorhanden.' },
  itemAndAccount: {
    ...DIALOG,
    en: 'Both "itemId" and "accountId" are specified. Specify only one of them.',
    de: 'Sowohl "itemId" als auch "accountId" sind angegeben. Geben Sie nur eine davon an.',
  },
  unitOnlyForItems: {
    ...DIALOG,
    en: 'Unit of Measure can be set only for lines with type Item.',
    de: 'Die Einheit kann nur in Zeilen der Art Artikel angegeben werden.',
  },
  itemBlocked: {
    ...FIELD,
    en: "Blocked must be equal to 'No'  in Item: No.={number}. Current value is 'Yes'.",
    de: "Gesperrt muss gleich 'Nein' sein in Artikel: Nr.={number}. Der aktuelle Wert ist 'Ja'.",
  },
  itemBlockedPosting: {
    ...DIALOG,
    en: 'You cannot choose Item {number} because the Blocked check box is selected on its Item card.',
    de: 'Sie können Artikel {number} nicht auswählen, da auf der Artikelkarte das Kontrollkästchen Gesperrt aktiviert ist.',
  },
  salesBlocked: {
    ...DIALOG,
    en: 'You cannot sell Item {number} because the Sales Blocked check box is selected on the Item card.',
    de: 'Sie können Artikel {number} nicht verkaufen, da auf der Artikelkarte das Kontrollkästchen Verkauf gesperrt aktiviert ist.',
  },
  customerBlockedCreate: {
    ...DIALOG,
    en: 'You cannot create this type of document when Customer {number} is blocked with type {blocked}',
    de: 'Sie können diese Belegart nicht erstellen, wenn Debitor {number} mit der Art {blocked} gesperrt ist',
  },
  customerBlockedPost: {
    ...DIALOG,
    en: 'You cannot post this type of document when Customer {number} is blocked with type {blocked}',
    de: 'Sie können diese Belegart nicht buchen, wenn Debitor {number} mit der Art {blocked} gesperrt ist',
  },
  documentIdMissing: {
    ...DIALOG,
    en: 'You must specify an Id or a Document Id to get the lines.',
    de: 'Sie müssen eine Id oder eine Beleg-Id angeben, um die Zeilen abzurufen.',
  },
  documentIdMissingInsert: {
    ...DIALOG,
    en: 'You must specify a document id to get the lines.',
    de: 'Sie müssen eine Beleg-Id angeben, um die Zeilen abzurufen.',
  },
  documentUnknown: {
    ...DIALOG,
    en: 'No document with the specified ID exists.',
    de: 'Es gibt keinen Beleg mit der angegebenen ID.',
  },
  lineExists: {
    ...DIALOG,
    en: 'You cannot insert a line because a line already exists.',
    de: 'Sie können keine Zeile einfügen, da bereits eine Zeile vorhanden ist.',
  },
  notModifiable: {
    ...DIALOG,
    en: 'The value for "{field}" cannot be modified.',
    de: 'Der Wert von "{field}" kann nicht geändert werden.',
  },
  statusNotOpen: {
    ...FIELD,
    en: "Status must be equal to 'Open'  in Sales Header: Document Type={type}, No.={number}. Current value is '{status}'.",
    de: "Status muss gleich 'Offen' sein in Verkaufskopf: Belegart={type}, Nr.={number}. Der aktuelle Wert ist '{status}'.",
  },
} as const satisfies Record<string, RefusalText>;
