import type { Draw } from './draw';
import { exact, inWords, isNear } from './exact';
import type { Planners } from './planners';
import { must, type Story } from './story';

/** The price of a bundle split over its parts by the shares of the mappings. */
export function bundleCase(draw: Draw, story: Story, { splitOverParts }: Planners): void {
  const weights = Array.from({ length: draw.int(1, 8) }, () => draw.int(0, 50));
  if (!weights.some((weight) => weight > 0)) weights.push(1);
  const all = weights.reduce((sum, weight) => sum + weight, 0);
  const minor = draw.anySize(9) * (draw.chance(0.2) ? -1 : 1);
  const parts = weights.map((weight, at) => ({
    component: `P${at}`,
    quantity: 1,
    share: `${weight}/${all}`,
  }));
  story.has('bundle');
  story.tell(
    () => `A bundle of ${minor} smallest units with the shares ${parts.map(({ share }) => share).join(', ')}`,
  );
  const split = splitOverParts(minor, parts);
  story.documents += 1;
  const told = (): string => split.join(', ');
  must(split.length === parts.length && split.reduce((sum, one) => sum + one, 0) === minor, 'split', told);
  for (const [at, one] of split.entries()) {
    const share = exact(BigInt(minor) * BigInt(weights[at] ?? 0), all);
    must(isNear(one, share, 2), 'share', () => `${told()}: ${one} is exactly ${inWords(share)}`);
  }
}
