import type { RefusalText } from './refusal-texts';

const BAD_REQUEST = { status: 400, code: 'BadRequest' } as const;

/** At the door: the request is not understood, or not let in. */
export const PROTOCOL_REFUSALS = {
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
