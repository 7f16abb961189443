import type { PostedDocument, ReturnEvent, ReturnLine } from '../returns/event';
import { returnKey } from '../returns/event';
import type { Problem } from '../returns/posting-checks';
import { instantOf } from '../returns/time';
import { documentReference } from '../runtime/document-reference';
import { withMappings } from '../runtime/mappings-node';
import { postOnce } from '../runtime/post-once';
import { BrightpearlRefusal } from './errors';
import { elsewhere } from './mapped-place';
import type { BrightpearlParts } from './parts';
import { planReleases, type Release } from './plan-release';
import {
  arrivedLines,
  dispositionUnmapped,
  isInspected,
  placeInTable,
  type GoodsInPolicy,
  type PutAway,
} from './put-away';
import { describeRefusal } from './refused-lines';
import { SYSTEM } from './sales-credit';
import { writeUnits } from '../returns/unit-count';

export const RELEASE_KIND = 'quarantine-release';

/**
 * Moves inspected goods from quarantine to where they are sold (quarantine-release POST), where the table says that
 * they can be sold. The call has no key of its own and answers nothing, so nothing proves that it was carried out:
 * where its answer is lost it is never made again, and the warehouse looks at the stock instead.
 *
 * @param notes    goods-in notes of the return
 * @param releases what has left quarantine before
 */
export async function releaseFromQuarantine(
  event: ReturnEvent,
  policy: GoodsInPolicy,
  notes: readonly PostedDocument[],
  releases: readonly PostedDocument[],
  parts: BrightpearlParts,
  signal?: AbortSignal,
): Promise<{ documents: PostedDocument[]; problem: Problem | null }> {
  const documents: PostedDocument[] = [];
  const problems: Problem[] = [];
  const unmapped: ReturnLine[] = [];
  for (const line of arrivedLines(event, policy)) {
    if (!isInspected(event, line)) continue;
    const plannedReleases = planReleases(line, notes, [...releases, ...documents]);
    if (plannedReleases.length === 0) continue;
    const put = placeInTable(line, policy);
    if (put === null) unmapped.push(line);
    if (put?.place !== 'sellable') continue;
    for (const planned of plannedReleases) {
      const release = { ...planned, row: put.row, mappings: policy.mappings };
      const step = await releaseOne(event, release, releases.length + documents.length + 1, parts, signal);
      if ('document' in step) documents.push(step.document);
      // One that is stuck must not hold up the others.
      else problems.push(step.problem);
    }
  }
  if (unmapped.length > 0) problems.push(dispositionUnmapped(unmapped, policy));
  return { documents, problem: together(problems) };
}

type Step = { document: PostedDocument } | { problem: Problem };

/** A release with the row of the mappings that allows it, and the mappings that the row is of. */
type AllowedRelease = Release & Pick<PutAway, 'row'> & Pick<GoodsInPolicy, 'mappings'>;

async function releaseOne(
  event: ReturnEvent,
  release: AllowedRelease,
  number: number,
  parts: BrightpearlParts,
  signal?: AbortSignal,
): Promise<Step> {
  const { store, surroundings, connectionId, settings, client, directory } = parts;
  const { note, line, productId, before, warehouseId, quantity } = release;
  const key = returnKey(event);
  const reference = `${documentReference(event)}-R${number}`;
  const toLocationId = await directory.location(warehouseId, 'default');
  if (toLocationId === null) {
    const what = `warehouse ${warehouseId} has no default location`;
    return {
      problem: { code: 'location-unknown', what, lines: [{ field: 'location', expected: 'default' }] },
    };
  }
  const allowed = { line, place: 'sellable', row: release.row } as const;
  const problem = elsewhere([allowed], warehouseId, { sellable: toLocationId });
  if (problem) return { problem };
  return postOnce<Step>(
    {
      connectionId,
      kind: RELEASE_KIND,
      // What has left before is part of the key: the next units of the line are another release.
      key: [key, note, encodeURIComponent(release.lineId), productId, before].join('/'),
      returnKey: key,
      reference,
    },
    {
      posted: (document) => ({ document }),
      post: async (attempt) => {
        if (attempt.inDoubt) return { problem: outcomeUnknown(release) };
        const body = { productId, quantity, toLocationId };
        const path = `/warehouse-service/warehouse/${warehouseId}/quarantine/release`;
        try {
          await attempt.write((assertAlive) => client.write({ method: 'POST', path, body, assertAlive }));
        } catch (thrown) {
          if (!(thrown instanceof BrightpearlRefusal) || thrown.class !== 'data-invalid') throw thrown;
          return { problem: describeRefusal(thrown, [{ lineId: line.id, sku: line.sku }]) };
        }
        const document: PostedDocument = {
          system: SYSTEM,
          kind: RELEASE_KIND,
          // Brightpearl tells no number.
          number: reference,
          id: null,
          references: withMappings(
            {
              reference,
              credit: release.credit,
              note,
              product: String(productId),
              warehouse: String(warehouseId),
              location: String(toLocationId),
              quantity: String(quantity),
              ...writeUnits([release]),
            },
            release.mappings,
          ),
          status: 'released',
          amount: null,
          postedAt: instantOf(surroundings.clock),
        };
        await attempt.complete(document);
        return { document };
      },
    },
    { store, surroundings, limitMs: 5 * settings.timeoutSeconds * 1000, signal },
  );
}

function outcomeUnknown({ line, lineId, quantity, productId, warehouseId }: Release): Problem {
  return {
    code: 'release-outcome-unknown',
    what: `${quantity} × ${line.sku ?? '?'} (product ${productId}) in warehouse ${warehouseId}`,
    lines: [
      {
        lineId,
        sku: line.sku,
        field: 'quarantine',
        expected: `${quantity} released`,
        received: 'no answer',
      },
    ],
  };
}

/** The first of them, with the evidence of all that are of its kind. */
function together(problems: readonly Problem[]): Problem | null {
  const [first] = problems;
  if (!first) return null;
  const same = problems.filter(({ code }) => code === first.code);
  return {
    code: first.code,
    what: same
      .map(({ what }) => what)
      .join('; ')
      .slice(0, 600),
    lines: same.flatMap(({ lines }) => lines),
  };
}
