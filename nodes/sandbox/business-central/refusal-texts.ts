/**
 * What the simulated Business Central refuses (reference/dynamics365.md B2, B8): HTTP status, code, and the words in
 * English and, where Business Central translates them, in German. Words in braces are replaced by what was found.
 *
 * The codes are documented, and so are the English fragments that B8 names. Which code each rule gets, and every
 * status but 400 for business rules and 409 for a stale etag, is inferred [I]. The German words are made up in the
 * style of the product [U]. Every entry can be replaced through the option `refusals`.
 */
export interface RefusalText {
  status: number;
  code: string;
  en: string;
  /** In German; the platform's own messages have no translation [I]. */
  de?: string;
}

const DIALOG = { status: 400, code: 'Application_DialogException' } as const;
const FIELD = { status: 400, code: 'Application_FieldValidationException' } as const;
const BAD_REQUEST = { status: 400, code: 'BadRequest' } as const;

/** At the door: the request is not understood, or not let in. */
const PROTOCOL = {
  credentials: {
    status: 401,
    code: 'Authentication_InvalidCredentials',
    en: 'The server has rejected the client credentials.',
  },
  forbidden: {
    status: 403,
    code: 'Authorization_RequestDenied',
    en: 'The current permissions prevented the action on {what}.',
  },
  environmentUnknown: { status: 404, code: 'NoEnvironment', en: "Environment '{name}' does not exist." },
  noRoute: {
    status: 404,
    code: 'BadRequest_NotFound',
    en: 'No HTTP resource was found that matches the request URI.',
  },
  segmentUnknown: {
    status: 404,
    code: 'BadRequest_ResourceNotFound',
    en: "Resource not found for the segment '{segment}'.",
  },
  recordUnknown: {
    status: 404,
    code: 'Internal_RecordNotFound',
    en: 'The {table} does not exist. Identification fields and values: {key}',
    de: '{table} ist nicht vorhanden. Identifizierende Felder und Werte: {key}',
  },
  companyUnknown: {
    status: 404,
    code: 'Internal_CompanyNotFound',
    en: 'Cannot process the request because the default company cannot be found.',
  },
  tenantUnavailable: {
    status: 503,
    code: 'Internal_TenantUnavailable',
    en: "The tenant '{name}' is not accessible.",
  },
  methodNotAllowed: {
    status: 405,
    code: 'BadRequest_MethodNotAllowed',
    en: "'{method}' requests for '{set}' of EdmType 'Entity' are not allowed within Business Central OData web services.",
  },
  querySyntax: { status: 400, code: 'BadRequest_NotFound', en: 'Bad Request - Error in query syntax: {why}' },
  propertyUnknown: {
    ...BAD_REQUEST,
    en: "Could not find a property named '{field}' on type 'Microsoft.NAV.{type}'.",
  },
  orOnDistinctFields: {
    status: 501,
    code: 'BadRequest_MethodNotImplemented',
    en: "The 'OR' operator is not supported on distinct fields on an OData filter.",
  },
  filterTooLong: {
    status: 400,
    code: 'Application_FilterErrorException',
    en: 'The filter "{value}" is not valid for the {field} field on the {table} table. The length of the string is {length}, but it must be less than or equal to {limit} characters. Value: {value}',
  },
  skipTokenInvalid: {
    status: 400,
    code: 'SkipTokenIsNoLongerValid',
    en: 'The skip token is no longer valid.',
  },
  pageTooLarge: { status: 413, code: 'BadRequest', en: 'At most {limit} entities can be asked for a page.' },
  bodyTooLarge: { status: 413, code: 'BadRequest', en: 'The request is larger than {limit} bytes.' },
  bodyInvalid: { ...BAD_REQUEST, en: 'Invalid Request Body' },
  valueInvalid: { ...BAD_REQUEST, en: "Unable to convert value to {type}: '{field}'." },
  readOnlyField: {
    status: 400,
    code: 'BadRequest_InvalidOperation',
    en: "Control '{field}' is read-only",
  },
  parameterMissing: {
    status: 400,
    code: 'BadRequest_RequiredParamNotProvided',
    en: "Field '{field}' must not be blank or empty.",
  },
  optionInvalid: {
    status: 400,
    code: 'Unknown',
    en: "'{value}' is not an option. The existing options are: {options}",
    de: '"{value}" ist keine Option. Die vorhandenen Optionen sind: {options}',
  },
  guidInvalid: {
    status: 400,
    code: 'Application_InvalidGUID',
    en: 'Invalid format of GUID string. The correct format of the GUID string is: CDEF7890-ABCD-0123-1234-567890ABCDEF where 0-9, A-F symbolizes hexadecimal digits.',
    de: 'Ungültiges Format der GUID-Zeichenfolge. Das richtige Format ist: CDEF7890-ABCD-0123-1234-567890ABCDEF.',
  },
  tooLong: {
    status: 400,
    code: 'Application_StringExceededLength',
    en: 'The length of the string is {length}, but it must be less than or equal to {limit} characters. Value: {value}',
    de: 'Die Länge der Zeichenfolge ist {length}, sie darf aber höchstens {limit} Zeichen betragen. Wert: {value}',
  },
  tokenMissing: {
    status: 400,
    code: 'BadRequest_InvalidToken',
    en: 'Could not validate the client concurrency token required by the service. Please provide a valid token in the client request.',
  },
  changed: {
    status: 409,
    code: 'Request_EntityChanged',
    en: 'Another user has already changed the record.',
    de: 'Ein anderer Benutzer hat den Datensatz bereits geändert.',
  },
  duplicate: {
    status: 409,
    code: 'Internal_EntityWithSameKeyExists',
    en: 'The {table} already exists. Identification fields and values: {key}',
    de: '{table} ist bereits vorhanden. Identifizierende Felder und Werte: {key}',
  },
  relation: {
    status: 400,
    code: 'Internal_InvalidTableRelation',
    en: 'The field {field} of table {table} contains a value ({value}) that cannot be found in the related table ({related}).',
    de: 'Das Feld {field} der Tabelle {table} enthält einen Wert ({value}), der in der verknüpften Tabelle ({related}) nicht gefunden wurde.',
  },
  server: {
    status: 500,
    code: 'Internal_ServerError',
    en: "The operation could not complete because a record in the '{table}' table was locked by another user. Please retry the activity.",
    de: "Der Vorgang konnte nicht abgeschlossen werden, da ein Datensatz in der Tabelle '{table}' von einem anderen Benutzer gesperrt war. Wiederholen Sie den Vorgang.",
  },
  tooManyRequests: {
    status: 429,
    code: 'Application_TooManyRequests',
    en: 'Too many requests reached. Actual ({actual}). Maximum ({maximum}).',
  },
  batchTooLarge: { ...BAD_REQUEST, en: 'A batch can hold at most {limit} operations.' },
  batchContentType: {
    status: 415,
    code: 'BadRequest',
    en: 'A batch must have the content type application/json.',
  },
  subscriptionResource: { ...BAD_REQUEST, en: "The resource '{resource}' does not support webhooks." },
  subscriptionField: { ...BAD_REQUEST, en: "The value of '{field}' is not valid." },
  subscriptionHandshake: {
    ...BAD_REQUEST,
    en: 'The notification URL did not return the validation token with status 200.',
  },
  subscriptionLimit: { ...BAD_REQUEST, en: 'At most {limit} subscriptions can exist.' },
} as const satisfies Record<string, RefusalText>;

/** Of sales documents: what the application's own code refuses. */
const SALES = {
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

/** Of posting and of what can be done with posted documents. */
const POSTING = {
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

export const REFUSALS = { ...PROTOCOL, ...SALES, ...POSTING };

export type RefusalKey = keyof typeof REFUSALS;
export type RefusalOverrides = Partial<Record<RefusalKey, Partial<RefusalText>>>;
