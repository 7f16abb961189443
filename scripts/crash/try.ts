import { killAgainAndAgain } from './kills';
import { SQLITE } from './rig';
const [returns = '200', each = '1', random = '3', seed = '1'] = process.argv.slice(2);
void killAgainAndAgain({ returns: Number(returns), seed: Number(seed), store: SQLITE, instances: 1, each: Number(each), random: Number(random), tell: (line) => console.log(line) }).then((result) => { console.dir(result, { depth: 5, maxArrayLength: 30 }); });
