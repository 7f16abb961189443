import { exchangeLines } from '../../nodes/returns/exchange-lines';
import { creditedValues, expectedValues } from '../../nodes/brightpearl/exchange-value';
import { planCredit } from '../../nodes/brightpearl/plan-credit';
import { planExchange } from '../../nodes/brightpearl/plan-exchange';
import { planRefund } from '../../nodes/brightpearl/plan-refund';
import { planLines } from '../../nodes/d365/fscm/match-lines';
import { splitOverParts } from '../../nodes/returns/bundle-split';

/** What the product plans money with. A test puts a wrong one in its place, to see that the oracle notices. */
export const PLANNERS = {
  planCredit,
  planRefund,
  exchangeLines,
  creditedValues,
  expectedValues,
  planExchange,
  planLines,
  splitOverParts,
};

export type Planners = typeof PLANNERS;
