import {
  AND_DEPLOY,
  BY_HAND,
  CLOSES,
  PRIORITY,
  RESUME,
  RESUME_ALL,
  type CatalogueEntry,
} from './catalogue-entry';

/** What is wrong between us, the platform and the ERP. */
export const TECHNICAL_EXCEPTIONS = {
  'document-ambiguous': {
    class: 'data-invalid',
    owner: 'integration',
    title: 'Several documents with our reference',
    sentence: 'the ERP holds more than one document with our reference ({what}). None was touched.',
    meaning:
      'Every return has one reference, and the ERP holds several documents with it. Goods may be posted twice already. The flow ' +
      'touched none of them and posts nothing more for this return.',
    evidence: 'The sentence lists the numbers of the documents.',
    steps: [
      'Open the documents in the ERP and compare them with the return.',
      'Cancel those that are too many, so that one is left.',
      RESUME,
      'Tell finance if one of the others had been posted already.',
    ],
    priority: PRIORITY.usual,
    closes: CLOSES.alone,
  },
  'document-conflict': {
    class: 'data-invalid',
    owner: 'integration',
    title: 'Document there, with other content',
    sentence: 'the ERP’s document with our reference has other content ({what}).',
    meaning:
      'A document with this return’s reference was in the ERP before the flow came to post it, and it says something else or ' +
      'was cancelled. The flow neither changes it nor makes a second one: nothing more is posted for this return.',
    evidence:
      'Expected is what the return comes to, received what the document in the ERP says, field by field.',
    steps: [
      'Open the document in the ERP, and find out from its history who made or changed it.',
      'If the document is right, press “Done outside” and write down its number.',
      'If the return is right, correct the document in the ERP, or cancel it where it was never posted, and press “Resume”.',
    ],
    priority: PRIORITY.usual,
    closes: CLOSES.alone,
  },
  'return-grown': {
    class: 'data-invalid',
    owner: 'customer service',
    title: 'More comes back than was announced',
    sentence: 'more is coming back than its document holds ({what}).',
    meaning:
      'A document was posted for this return, and since then the platform says that more units come back. What was posted stands; ' +
      'the added units are in no document, so they are neither credited nor in stock.',
    evidence: 'Expected is what the document holds, received what the platform says now.',
    steps: [
      'Compare both, and find out at the platform or from the customer whether more really comes back.',
      'If so, have finance add the units to the document in the ERP, or have the platform open a return of its own for them.',
      'Press “Done outside” and write down what was done.',
    ],
    priority: PRIORITY.promised,
    closes:
      'A person closes it with “Done outside”. After “Resume” it comes back for as long as the platform tells more than the ' +
      'document holds. No others go with it.',
  },
  'erp-refused': {
    class: 'data-invalid',
    owner: 'data',
    title: 'ERP refused the document',
    sentence: 'the ERP refused the document: {what}',
    meaning:
      'The ERP did not take the document and says why in its own words. Nothing was posted, and it is not sent again until ' +
      'somebody has looked.',
    evidence:
      'The sentence and the detail hold what the ERP said; where it names a field, the line shows it.',
    steps: [
      'Read the ERP’s words and find the item, account, customer or setting that they name.',
      'Mend that in the ERP, or press “Correct” where the return itself is wrong, and save.',
      RESUME,
      'If the words do not help, press “Assign” and give it to integration.',
      BY_HAND,
    ],
    priority: PRIORITY.usual,
    closes: CLOSES.alone,
  },
  'erp-unavailable': {
    class: 'transient',
    owner: 'integration',
    title: 'ERP not reachable for too long',
    sentence: 'the ERP could not be reached after several tries ({what}).',
    meaning:
      'The ERP did not answer, or asked for fewer calls, and stayed so for as long as the connection is set to wait. Nothing was ' +
      'posted. No data is wrong: the same return goes through when the ERP is back.',
    evidence: 'The sentence tells the last answer. The detail lists each try with its time.',
    steps: [
      'Check whether the ERP can be opened in a browser, and whether this machine reaches it: “Test connection” in the ' +
        'connection or account node tells.',
      'When it is back, press “Resume”, or “Resume all” on the page of the cause: each return is posted once.',
      'Where outages last longer, set a longer time in the connection or account node.',
    ],
    priority: PRIORITY.usual,
    closes: CLOSES.node,
  },
  'erp-unauthorized': {
    class: 'auth',
    owner: 'integration',
    title: 'ERP refused our sign-in',
    sentence: 'the ERP refused our credentials ({what}).',
    meaning:
      'The ERP does not accept the secret or token of the connection any more, or the rights do not suffice. Nothing is posted ' +
      'through this connection until it is renewed, for any return.',
    evidence: 'The sentence and the detail hold the ERP’s answer. Secrets are never shown.',
    steps: [
      'Press “Test connection” in the connection or account node, and follow what it says.',
      'Renew the secret or token, or give the application its permissions in the ERP, and deploy.',
      RESUME_ALL,
    ],
    priority: PRIORITY.usual,
    closes: CLOSES.node,
  },
  'erp-outcome-unknown': {
    class: 'ambiguous',
    owner: 'integration',
    title: 'Unclear whether the ERP posted it',
    sentence:
      'the ERP’s answer was lost and could not be looked up yet ({what}). Nothing is posted again blindly.',
    meaning:
      'The document was sent, its answer was lost, and the ERP could not be asked since whether it is there. It may be posted or ' +
      'not. The flow looks it up before it does anything else, so it is never posted twice.',
    evidence: 'The sentence tells the last answer. The detail lists each try with its time.',
    steps: [
      'Check whether the ERP can be opened, and whether this machine reaches it: “Test connection” tells.',
      'When it is back, press “Resume”, or “Resume all” on the page of the cause: the document is looked up first, and posted ' +
        'only if it is not there. Do not post it by hand before that.',
    ],
    priority: PRIORITY.usual,
    closes: CLOSES.node,
  },
  'node-misconfigured': {
    class: 'config',
    owner: 'integration',
    title: 'A node is not set up right',
    sentence: 'a node of the flow is not set up right: {what}',
    meaning:
      'A setting of the flow is missing or does not fit the ERP, so nothing was posted. Every return that reaches this node stops ' +
      'here and waits; none is lost.',
    evidence:
      'The sentence tells which setting and what to do about it. The detail has the same with its code.',
    steps: [
      `In the editor, double-click the node that raised it or its connection, mend what the sentence says, ${AND_DEPLOY}.`,
      RESUME_ALL,
    ],
    priority: PRIORITY.usual,
    closes: CLOSES.node,
  },
  'brand-unknown': {
    class: 'config',
    owner: 'integration',
    title: 'Retailer not listed in the account',
    sentence: 'the webhook is for a retailer that this account does not list ({what}).',
    meaning:
      'The platform sent a return of a retailer that the account node does not name. It is stored and not posted: it could belong to ' +
      'another company’s books.',
    evidence: 'The sentence shows the retailer’s ID.',
    steps: [
      `If the retailer is yours, double-click the Happy Returns account, add its ID to “Retailers”, ${AND_DEPLOY}; then press “Resume”, or “Resume all” on the page of the cause.`,
      'If it is not, have the platform correct its subscription, and press “Discard”.',
    ],
    priority: PRIORITY.usual,
    closes: CLOSES.brand,
  },
  'event-unknown': {
    class: 'data-invalid',
    owner: 'integration',
    title: 'Event of the platform not known',
    sentence: 'the platform sent an event that is not known ({what}). It is stored, nothing was posted.',
    meaning:
      'The platform used a word for what happened to a return that the flow does not know. It is stored as it came; nothing was ' +
      'posted because of it, and later events of the return go on.',
    evidence: 'The sentence shows the platform’s word.',
    steps: [
      'Find out from the platform’s documentation what the word means.',
      `Double-click the Happy Returns account, add the word to “Words of your own”, ${AND_DEPLOY}: from now on it is understood.`,
      'If it only says that something about the return has changed, press “Resume”: this event goes on as such.',
      'If it means more, such as that the goods were accepted, press “Discard” and have the platform send the return’s present state.',
    ],
    priority: PRIORITY.usual,
    closes: CLOSES.alone,
  },
  'event-invalid': {
    class: 'data-invalid',
    owner: 'integration',
    title: 'What the platform sent cannot be read',
    sentence: 'the platform sent a body that cannot be read ({what}). It is stored, nothing was posted.',
    meaning:
      'A genuine message of the platform has content that is broken or incomplete. It is stored as it came and nothing was posted; ' +
      'a return may be missing because of it.',
    evidence:
      'The sentence names the field or the problem; the detail lists all of them. The return is often not known.',
    steps: [
      'Give the platform’s support the time of this exception and the field that is named.',
      'Have them correct it and send the message again; it then comes as a new one.',
      'Press “Discard” and write down that it was sent again. It cannot be resumed.',
    ],
    priority: PRIORITY.usual,
    closes:
      'A person closes it with “Discard”. “Resume” can do nothing, since it holds no return that could go on. No others go with it.',
  },
} as const satisfies Readonly<Record<string, CatalogueEntry>>;
