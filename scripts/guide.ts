import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { GUIDE } from '../nodes/returns/exception-guide';
import { exceptionsGuide } from './exceptions-guide';
import { ROOT } from './node-red-process';

/** Writes the operator's guide anew from the catalogue. */
const file = join(ROOT, GUIDE);
writeFileSync(file, exceptionsGuide());
console.log(`Wrote ${GUIDE}`);
