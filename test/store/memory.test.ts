import { openMemoryStore } from '../../nodes/store/sqlite';
import { storeConformance } from './conformance';
import { boardConformance } from './conformance-board';
import { exceptionsConformance } from './conformance-exceptions';
import { batchConformance } from './conformance-batches';
import { gatesConformance } from './conformance-gates';
import { halvesConformance } from './conformance-halves';
import { mappingsConformance } from './conformance-mappings';
import { workConformance } from './conformance-work';

storeConformance('memory', async () => ({ store: await openMemoryStore() }));
workConformance('memory', async (options) => ({ store: await openMemoryStore(options) }));
halvesConformance('memory', async () => ({ store: await openMemoryStore() }));
exceptionsConformance('memory', async () => ({ store: await openMemoryStore() }));
boardConformance('memory', async () => ({ store: await openMemoryStore() }));
batchConformance('memory', async () => ({ store: await openMemoryStore() }));
mappingsConformance('memory', async () => ({ store: await openMemoryStore() }));
gatesConformance('memory', async () => ({ store: await openMemoryStore() }));
