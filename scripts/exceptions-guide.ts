import { EDITABLE } from '../nodes/returns/exception-edit';
import { CATALOGUE, OWNERS, type CatalogueEntry } from '../nodes/returns/exception-catalogue';
import type { FailureClass } from '../nodes/returns/failure';

/** What kind of trouble a class is, for people. */
const KINDS: Readonly<Record<FailureClass, string>> = {
  transient: 'technical, passes by itself',
  'rate-limited': 'technical, passes by itself',
  'state-blocked': 'waits for something to happen',
  ambiguous: 'technical, outcome not known',
  'data-invalid': 'data to be put right',
  auth: 'technical, sign-in',
  config: 'a setting to be put right',
};

const TEAMS: Readonly<Record<CatalogueEntry['owner'], string>> = {
  finance:
    'Money: credits, refunds, periods, differences of amount and quantity, and what month end waits for.',
  warehouse: 'Goods: what arrived, where it goes, and parcels that did not come.',
  'customer service': 'Customers: which order, which item, and what they were told.',
  data: 'Item and master data of the ERP, and what the ERP refused because of it.',
  integration: 'The flow itself: connections, settings, and what the platform sends.',
};

/**
 * The operator's guide to exceptions, as Markdown: how one is cleared, then a section for each entry of the catalogue,
 * whose heading, and so its anchor, is the code.
 */
export function exceptionsGuide(): string {
  const owners = OWNERS.map((owner) => ownerSection(owner)).join('\n');
  return `${beginning()}\n${contents()}\n${owners}`;
}

function entriesOf(owner: CatalogueEntry['owner']): [string, CatalogueEntry][] {
  const entries: [string, CatalogueEntry][] = Object.entries(CATALOGUE);
  return entries.filter(([, entry]) => entry.owner === owner);
}

function contents(): string {
  const parts = OWNERS.map((owner) => {
    const rows = entriesOf(owner).map(([code, { title }]) => `| [${title}](#${code}) | \`${code}\` |`);
    return `**[${headed(owner)}](#${anchorOf(owner)})**\n\n| exception | code |\n| --- | --- |\n${rows.join('\n')}\n`;
  });
  return `## All exceptions, by owner\n\n${parts.join('\n')}`;
}

function ownerSection(owner: CatalogueEntry['owner']): string {
  const entries = entriesOf(owner).map(([code, entry]) => entrySection(code, entry));
  return `## ${headed(owner)}\n\n${TEAMS[owner]}\n\n${entries.join('\n')}`;
}

function entrySection(code: string, entry: CatalogueEntry): string {
  const { title, owner, sentence, meaning, evidence, priority, closes, steps } = entry;
  return `### ${code}

**${title}** · owner: ${owner} · ${KINDS[entry.class]}

> Return … (order …): ${sentence.replace('{what}', '…')}

${meaning}

**What is shown.** ${evidence}

**What to do**

${steps.map((step, at) => `${at + 1}. ${step}`).join('\n')}

**Urgency.** ${priority}

**When it closes.** ${closes}
`;
}

function headed(owner: string): string {
  return owner.charAt(0).toUpperCase() + owner.slice(1);
}

function anchorOf(owner: string): string {
  return owner.replace(/ /g, '-');
}

function beginning(): string {
  return `# Exceptions: what could not be posted, and how to clear it

For those in finance, in the warehouse, in customer service and in the data team who put returns right. This page is made
from the pack's own catalogue by \`npm run guide\`: what you read here is what the sidebar says.

A return that cannot be posted becomes an **exception**. It is kept with everything that came with it, it has an owner, and
it waits until somebody has dealt with it. Nothing behind it is held up, and nothing of it is lost.

## How to clear an exception

1. In the Node-RED editor open the sidebar **Returns**, in the column at the right: in Node-RED 5 by the row of icons at the
   lower right, in Node-RED 4 by the small arrow at the top of the column.
2. Choose your team under *Whose exceptions*. The most urgent one is at the top.
3. Click a row. You see what happened, what it means, the evidence and the steps.
4. Follow the steps: put right what they name, in the ERP, at the platform, or with **Correct**.
5. Press **Resume**. The return goes on where it stopped and is posted once. It disappears from the list when it was posted;
   if it comes back, the cause is still there, and the sentence tells what is wrong now.

When a return was put right *by hand*, do not press Resume: press **Done outside** and write down the number of what you
posted. From then on the flow never posts it.

### The list

*By cause* puts all returns that wait for the same thing into one row, such as one missing item; *By return* shows each. A
number at the right is the **urgency**, the sum of:

| part | points | what it is |
| --- | --- | --- |
| value | 0 to 40 | 10 for each power of ten of what is at stake: 10 at about 9, 20 at about 99, 30 at about 999, in the return's own currency |
| age | 0 to 25 | one for each 8 hours since it was raised first |
| promise to a customer | 0 or 20 | a customer waits: everything of customer service, refunds, replacements |
| end of the month | 0, 5, 10, 15 | in the last three days of a month (UTC), for finance's and for whatever has a value |
| returns that wait | 0 to 20 | 5 for each doubling of the returns with the same cause |
| refused credit | 0 or 100 | a credit was refused, needs authorisation or is not invoiced: before everything else |

With the same urgency the older one comes first. The tip of the number shows its parts.

### The page of an exception

| what stands there | what it means |
| --- | --- |
| What to do | the steps, in order; the same as below on this page |
| Evidence | for each line: *Expected* is what the order, the document or the setting says, *Received* what came with the return |
| Value | what is at stake: the largest document posted for the return so far, else the prices that the platform told |
| Raised … times | how often the flow met it. Each event of a return counts (announced, handed in, received …), so a new one may show 3 |
| Parked by | the node at which the return goes on |
| Same cause | how many more returns wait for the same |
| Detail | what the ERP answered, and each try with its time |
| Posted so far | documents that exist already; they are not posted again |
| History | who did what and when, and what the flow did |

### The buttons

| button | what it does | press it when |
| --- | --- | --- |
| **Resume** | the return goes on where it stopped, and is posted once | the cause is mended |
| **Resume all** | the same for all returns with this cause, on the page of the cause | one act has mended all of them |
| **Correct** | changes the data of this return (order number, SKU, quantity, reason, disposition and the like) and resumes it; the old value stays in the history | the return itself is wrong |
| **Assign** | gives it to another owner; it stays there when it comes again | it is not yours |
| **Note** | writes into the history what was found or asked. No names or addresses of customers | somebody must know |
| **Done outside** | closes it for good: it was put right by hand. Asks what was done, and where | you posted it in the ERP yourself |
| **Discard** | closes it: it needs no posting, for example a test. It opens again if the flow meets it again | there is nothing to post |

Each of them is written into the history with your user name. To look, your Node-RED user needs the permission
\`returns-exception-router.read\`; to press buttons, \`returns-exception-router.write\`.

### Others with the same cause

Exceptions with one cause, such as the same unknown SKU of the same brand, are one row of the list. **Mend the cause, then
resume one of them: as soon as it has been posted, the others go on by themselves.** *Resume all* sends them at once. Those
that still cannot be posted come back and stay. *Correct* changes one return only.

Which ones go together stands at the end of each section below.

### By command

The Exception Router node takes the same by message, for example from an Inject node. \`msg.who\` is the name in the
history. The answer comes out of the output *answers to commands*, as \`msg.payload\`.

| \`msg.command\` | \`msg.payload\` | what it does |
| --- | --- | --- |
| \`list\` | \`{ "owner": "finance" }\` | lists what is open, the most urgent first. Also \`code\`, \`brand\`, \`status\`, \`text\`, \`olderThan\` (hours), \`valueFrom\` (pence or cents), \`sort\`, \`limit\`, \`offset\` |
| \`show\` | \`{ "id": "…" }\` | one exception with its meaning, evidence, steps, history, and the page of this guide |
| \`assign\` | \`{ "id": "…", "owner": "finance" }\` | *Assign* |
| \`note\` | \`{ "id": "…", "text": "asked the hub" }\` | *Note* |
| \`edit\` | \`{ "id": "…", "changes": { "lines[0].sku": "RUN-42" }, "resume": true }\` | *Correct* |
| \`resume\` | \`{ "id": "…" }\`, \`{ "code": "sku-unknown" }\`, \`{ "owner": "data" }\` or \`{ "all": true }\` | *Resume*, *Resume all* |
| \`resolve\` | \`{ "id": "…", "reason": "credit note 4711, by hand" }\` | *Done outside* |
| \`discard\` | \`{ "id": "…", "reason": "a test" }\` | *Discard* |

In place of \`id\`, \`assign\`, \`note\`, \`resume\`, \`resolve\` and \`discard\` take the \`cause\` that a list shows, for all that wait
for it.

\`edit\` changes ${EDITABLE.map((field) => `\`${field}\``).join(', ')}; the first line is \`lines[0]\`.

### To change a setting

Some steps change a setting of the flow: a row of a table, a location. If that is not your work, press *Assign*, choose
*integration*, and say in a *Note* what you decided. Else: double-click the node (the box in the flow), change the field,
press *Done*, then *Deploy* at the top right. Returns on their way are not lost by it.

### Words on this page

| word | what it means |
| --- | --- |
| platform | where the customer announces the return, such as Happy Returns |
| ERP | where stock and money are kept: Dynamics 365 or Brightpearl |
| SKU | the code of an item |
| posted | written into the ERP: a return order, a credit, a goods-in note |
| disposition | what the inspection decided: sell again, repair, scrap |
| cause | what has to be mended; several returns can wait for the same |
| flow, node, connection | what carries returns, a box in it, and the settings with which it reaches an ERP; they are in the editor |

To practise all this, import the example *exceptions-by-owner* into Node-RED: it makes exceptions of five kinds in a sandbox,
with a button for each repair.
`;
}
