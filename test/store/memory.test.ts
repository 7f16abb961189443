import { openMemoryStore } from '../../nodes/store/sqlite';
import { storeConformance } from './conformance';

storeConformance('memory', async () => ({ store: await openMemoryStore() }));
