import type { ErpConnector } from '../returns/erp-connector';
import { asLedgerError } from '../returns/failure';
import type { MappingAudit } from '../returns/mapping-coverage';
import type { NodeContext } from '../runtime/define-node';
import type { MappingsNode } from '../runtime/mappings-node';
import type { Surroundings } from '../runtime/retry';
import { auditDaily, auditInWords, auditMappings } from './audit-mappings';

export interface MappingAuditsParts {
  /** The node that audits. */
  node: Pick<NodeContext<unknown>, 'warn' | 'signal'>;
  /** The id of the mappings node. */
  id: string;
  mappings: MappingsNode;
  connector: () => Promise<ErpConnector>;
  surroundings: Surroundings;
  onAudited: (audit: MappingAudit) => void;
}

/** Rows that a warning names; the dialog of the mappings shows all. */
const MOST_NAMED = 5;

/** Compares the mappings that a node uses with the ERP: at start-up, daily and when asked (R67). */
export class MappingAudits {
  constructor(private readonly parts: MappingAuditsParts) {}

  /** Audits until the node closes. */
  async daily(): Promise<void> {
    const { node, surroundings } = this.parts;
    const failed = (thrown: unknown): void =>
      node.warn(`The mappings could not be compared with the ERP: ${asLedgerError(thrown).message}`);
    const audit = async (): Promise<void> => {
      await this.run();
    };
    await auditDaily(audit, failed, surroundings, node.signal);
  }

  /** The dialog of the mappings shows what was found; nothing is changed by it. */
  async run(): Promise<MappingAudit> {
    const { node, id, surroundings, onAudited } = this.parts;
    await this.parts.mappings.counted();
    const [store, connector] = await Promise.all([this.parts.mappings.store(), this.parts.connector()]);
    const { signal } = node;
    const mappings = this.parts.mappings.mappings();
    const audit = await auditMappings({ node: id, mappings, store, connector, surroundings, signal });
    this.parts.mappings.audited(audit);
    const words = needsALook(audit);
    if (words !== null)
      node.warn(`Return Mappings: ${words}${staleInWords(audit)}. Open them and press Coverage`);
    onAudited(audit);
    return audit;
  }
}

/** A row that nothing has used yet is no fault: all are unused in the beginning. */
function needsALook({ tables, stale }: MappingAudit): string | null {
  return auditInWords({ tables: tables.map((table) => ({ ...table, unused: [] })), stale });
}

function staleInWords({ stale }: MappingAudit): string {
  if (stale.length === 0) return '';
  const named = stale.slice(0, MOST_NAMED).map(({ table, row, value }) => `${table} ${row} → ${value}`);
  const more = stale.length > MOST_NAMED ? ` and ${stale.length - MOST_NAMED} more` : '';
  return ` (the ERP does not have: ${named.join(', ')}${more})`;
}
